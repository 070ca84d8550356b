"""A paper read from the right: what the pictures show of its mails and of its archive."""

from dataclasses import replace
from datetime import date

from digests.choices import BlockStyle
from digests.rendering.content import Block, Content, Story
from subscriptions.rendering.dates import date_text

_DAY = date(2026, 11, 23)
NAME = "نشرة الميناء"


def in_arabic(briefing: Content) -> Content:
    """The same morning in the words of another paper, set from the right."""
    pictures = [story.picture for block in briefing.blocks for story in block.stories]
    url = "https://www.example.org/"
    lead = Story(
        "العبّارات الليلية تعود بعد أحد عشر عامًا",
        f"{url}1",
        "رست أول عبّارة عند الرابعة فجرًا وعلى متنها 212 راكبًا، وفتحت مقاهي الرصيف أبوابها في الخامسة.",
        "النقل",
        authors=("ليلى حداد",),
        picture=pictures[0],
    )
    second = Story(
        "المجلس يصوّت الليلة على جدار الفيضان",
        f"{url}2",
        "عضوان لم يحسما أمرهما، والكلفة ارتفعت بمقدار الخُمس منذ الربيع.",
        "السياسة",
        authors=("سامي الخوري",),
        picture=pictures[1],
    )
    brief = Story(
        "المكتبة تفتح أبوابها أيام الأحد من جديد", f"{url}3", "من الظهر حتى السادسة مساءً."
    )
    masthead = replace(
        briefing.masthead,
        newsletter=NAME,
        publisher="بريد الميناء",
        language="ar",
        direction="rtl",
        date_text=date_text(_DAY, "ar"),
    )
    return replace(
        briefing,
        masthead=masthead,
        subject="العبّارات الليلية تعود، والمدينة تستيقظ باكرًا",
        preheader="المجلس يصوّت الليلة، وأسبوع بارد في الطريق.",
        intro="<p>صباح الخير. إليكم ما جرى في الليل وما ينتظرنا اليوم.</p>",
        outro="<p>هذا كل شيء لهذا الصباح.</p>",
        blocks=(
            Block("", BlockStyle.LEAD, (lead,)),
            Block("اليوم", BlockStyle.STORIES, (second,)),
            Block("باختصار", BlockStyle.BRIEFS, (brief,)),
        ),
    )
