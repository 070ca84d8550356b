"""What an address without a scheme means in staff's forms."""

from django.db import models

# For `formfield_overrides`; the default becomes https with Django 6.
HTTPS = {models.URLField: {"assume_scheme": "https"}}
