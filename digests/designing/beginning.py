"""What a new newsletter's mails are made of, until somebody changes it."""

from django.db import transaction

from digests.choices import BlockStyle
from digests.models import Template, TemplateSection
from subscriptions.models import Newsletter


def begin(newsletter: Newsletter) -> Template:
    """A lead and five stories: enough for a first digest. No headings, which would be in one language."""
    with transaction.atomic():
        template = Template.objects.create(newsletter=newsletter)
        TemplateSection.objects.create(template=template, style=BlockStyle.LEAD, slots=1)
        TemplateSection.objects.create(template=template, style=BlockStyle.STORIES, position=1)
    return template
