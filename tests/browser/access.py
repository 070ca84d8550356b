"""What a page must be for whoever reads it, whatever their eyes, hands and settings (WCAG 2.2, AA)."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_AXE = Axe()
# Criterion 2.5.8, targets of 24 px: axe leaves it out unless it is asked for.
_RULES = {"rules": {"target-size": {"enabled": True}}}

# What has the focus shows it, itself or by the card it stands in; nothing moves; what is pressed or filled has an edge.
_SHORTCOMINGS = """() => {
    const found = [], name = it => it.outerHTML.slice(0, 80);
    const outlined = it => it && getComputedStyle(it).outlineStyle === "solid";
    const seen = it => it.checkVisibility() && !it.closest(".trap");
    for (const it of document.querySelectorAll("a[href], button, select, textarea, input:not([type=hidden])")) {
        if (!seen(it)) continue;
        it.focus();
        if (!outlined(it) && !outlined(it.closest(".card"))) found.push(`no focus seen: ${name(it)}`);
        const style = getComputedStyle(it), isLink = it.tagName === "A" && !it.matches(".button");
        const isTick = ["checkbox", "radio"].includes(it.type);
        if (!isLink && !isTick && style.borderTopStyle === "none") found.push(`no edge: ${name(it)}`);
    }
    for (const it of document.body.querySelectorAll("*")) {
        const style = getComputedStyle(it);
        const lasts = style.transitionProperty !== "none" && parseFloat(style.transitionDuration) > 0;
        if (lasts || style.animationName !== "none") found.push(`moves: ${name(it)}`);
    }
    return found;
}"""


def faults(page: Page) -> str:
    """What axe has against the page as it stands; empty if nothing."""
    return _report(page, _RULES)


def contrast_faults(page: Page) -> str:
    """What axe finds hard to tell from its ground, in the colours that the page has now; empty if nothing."""
    return _report(page, {"runOnly": ["color-contrast", "link-in-text-block"]})


def _report(page: Page, options: dict[str, Any]) -> str:
    # Nothing but violations is brought over, and a page gets the half megabyte of axe only once.
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_AXE.axe_script)
    violations = page.evaluate(
        "options => axe.run(document, options).then(results => results.violations)",
        {**options, "resultTypes": ["violations"]},
    )
    return "\n".join(
        f"{one['id']}: {one['help']}\n  " + "\n  ".join(node["html"] for node in one["nodes"])
        for one in violations
    )


def shortcomings(page: Page) -> list[str]:
    """What axe does not see: focus, motion and edges, in the reader's forced colours and with reduced motion."""
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    page.keyboard.press("Tab")  # from here on the browser takes the reader for one of the keyboard
    found: list[str] = page.evaluate(_SHORTCOMINGS)
    page.emulate_media(forced_colors="none", reduced_motion="reduce")
    return found
