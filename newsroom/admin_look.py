"""How admin looks: its names, its colours, its menu."""

from django.templatetags.static import static

UNFOLD = {
    "SITE_TITLE": "Newsroom",
    "SITE_HEADER": "Newsroom",
    "SITE_URL": "/",
    "SITE_SYMBOL": "newspaper",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("web/favicon.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "DASHBOARD_CALLBACK": "digests.admin.dashboard.dashboard",
    "SIDEBAR": {"navigation": "newsroom.navigation.sections"},
    "STYLES": [
        lambda _request: static("desk/unfold.css"),
        lambda _request: static("desk/desk.css"),
        lambda _request: static("desk/findings.css"),
        lambda _request: static("desk/calendar.css"),
    ],
    "SCRIPTS": [
        lambda _request: static("desk/desk.js"),
        lambda _request: static("desk/frames.js"),
        lambda _request: static("desk/standing.js"),
        lambda _request: static("desk/calendar.js"),
    ],
    # The blue-black of printing ink, from the lightest to the darkest.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .012 250)",
            "100": "oklch(93.5% .026 250)",
            "200": "oklch(88% .05 250)",
            "300": "oklch(80% .085 250)",
            "400": "oklch(70% .115 250)",
            "500": "oklch(59% .125 250)",
            "600": "oklch(50% .115 250)",
            "700": "oklch(43% .1 250)",
            "800": "oklch(37% .08 250)",
            "900": "oklch(32% .065 250)",
            "950": "oklch(24% .05 250)",
        },
    },
}
