"""Which of a feed's words are the story's: headline, summary, authors and tags as an editor expects them."""

import pytest

from digests.assembly.bylines import people
from digests.assembly.feeds import Feed, parse_feed
from digests.assembly.stories import ParsedStory
from digests.assembly.summaries import Words, told_by

NAMESPACES = (
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:atom="http://www.w3.org/2005/Atom"'
)


def feed_of(*items: str) -> Feed:
    body = f'<rss version="2.0" {NAMESPACES}><channel><title>The Post</title>{"".join(items)}</channel></rss>'
    return parse_feed(body.encode(), content_type=None, url="https://feeds.example.org/rss")


def story(inside: str, title: str = "Bridge opens") -> ParsedStory:
    link = "<link>https://paper.example.org/b</link>"
    (found,) = feed_of(f"<item><title>{title}</title>{link}{inside}</item>").stories
    return found


def summary_of(markup: str, headline: str = "Bridge opens") -> str:
    return told_by([Words(markup, is_html=True)], headline).summary


OWN = "<description>The budget passed by one vote.</description>"
CAPTION = "<media:description>The mayor leaves.</media:description>"


@pytest.mark.parametrize(
    "foreign",
    [
        CAPTION,
        f'<media:content url="https://paper.example.org/c.jpg" medium="image">{CAPTION}</media:content>',
        f'<media:group><media:content url="/c.jpg" medium="image"/>{CAPTION}</media:group>',
        "<dc:description>Of the library</dc:description>",
        "<itunes:summary>Of the programme</itunes:summary>",
        "<atom:summary>Of another format</atom:summary>",
        "<media:title>Of a picture</media:title><dc:title>Of the library</dc:title><atom:title>Atom</atom:title>",
    ],
)
def test_the_items_own_words_come_before_those_of_other_namespaces(foreign: str) -> None:
    for inside in (foreign + OWN, OWN + foreign):
        link = "<link>https://paper.example.org/b</link>"
        for title in (
            "<title>Council meets</title>" + inside,
            inside + "<title>Council meets</title>",
        ):
            (found,) = feed_of(f"<item>{title}{link}</item>").stories
            assert (found.headline, found.summary) == (
                "Council meets",
                "The budget passed by one vote.",
            )


def test_a_caption_is_no_summary_and_other_descriptions_are_better_than_none() -> None:
    assert (
        story(f'<media:content url="/c.jpg" medium="image">{CAPTION}</media:content>').summary == ""
    )
    assert (
        story("<itunes:summary>Of the programme.</itunes:summary>").summary == "Of the programme."
    )
    assert (
        story("<content:encoded>&lt;p&gt;In full.&lt;/p&gt;</content:encoded>").summary
        == "In full."
    )


@pytest.mark.parametrize(
    "added",
    [
        "The post <a href='#'>Bridge</a> appeared first on <a href='#'>The Post</a>.",
        "This post first appeared on The Post.",
        "Der Beitrag Brücke erschien zuerst auf Hafenpost.",
        "L’article <a href='#'>Pont</a> est apparu en premier sur <a href='#'>Le Port</a>.",
        "La entrada Puente se publicó primero en El Puerto.",
        "L'articolo Ponte proviene da Il Porto.",
        "Het bericht Brug verscheen eerst op De Haven.",
        "O post Ponte apareceu primeiro em O Porto.",
        "Artykuł Most pochodzi z serwisu Port.",
        "Сообщение Мост появились сначала на Порт.",
        "Inlägget Bro dök först upp på Hamnen.",
        "Příspěvek Most se nejdříve objevil na Přístav.",
        "Köprü yazısı ilk önce Liman üzerinde ortaya çıktı.",
        "投稿 橋 は 港 に最初に表示されました。",
        "文章 大桥 最先出现在 港口。",
        "<a href='/b'>Continue reading <span>Bridge opens</span> <span>→</span></a>",
        "<a href='/b'>Read More Here →</a>", "<a class='more-link' href='/b'>Leggi tutto</a>", "[<a href='/b'>…</a>]",
        "<a href='/b'>Weiterlesen</a>", "<a href='/b'>Lire la suite »</a>", "<a href='/b'>Sigue leyendo</a>",
        "<a href='/b'>Leia mais</a>", "<a href='/b'>Lees verder</a>", "<a href='/b'>Czytaj dalej</a>",
        "<a href='/b'>Читать далее</a>", "<a href='/b'>Devamını oku</a>", "<a href='/b'>Läs mer</a>",
        "<a href='/b'>続きを読む</a>", "<a href='/b'>阅读全文</a>", "<a href='/b'>اقرأ المزيد</a>",
        "Continue reading...", "Continue reading Bridge opens", "Read more »", "[…]", "[...]",
        "To read this article in full, please <a href='#'>click here</a>", "See all our bridge coverage",
        "Share this: <a href='#'>Facebook</a> <a href='#'>Mail</a>",
        "<div class='sharedaddy sd-sharing'><h3>Share</h3><ul><li>Facebook</li></ul></div>",
        "<div class='feedflare'><a href='#'><img src='/x.gif'></a></div>", "12 comments",
    ],
)  # fmt: skip
def test_what_a_content_system_adds_is_cut(added: str) -> None:
    plain_end = "The span is 300 m long."
    assert summary_of(f"<p>{plain_end}</p><p>{added}</p>").rstrip("…") == plain_end
    assert summary_of(f"{plain_end} {added}").rstrip("…") == plain_end


def test_two_links_and_few_words_at_the_end_are_cut_in_any_language() -> None:
    added = "Postitus <a href='#'>Sild</a> ilmus esmalt <a href='#'>Sadam</a>."
    assert summary_of(f"<p>Sild on 300 m.</p><p>{added}</p>") == "Sild on 300 m."


@pytest.mark.parametrize(
    "sentence",
    [
        "Read more books, the minister told the pupils of all the schools of the town.",
        "The post was first built on the hill, and the town grew around it.",
        "He will share this with nobody.",
        "It costs 300 comments to win.",
    ],
)
def test_a_sentence_that_only_sounds_so_is_kept(sentence: str) -> None:
    assert summary_of(f"<p>{sentence}</p>") == sentence


@pytest.mark.parametrize(
    ("markup", "summary"),
    [
        ("<p>Ministers defend the plan after a debate</p><p>It was laid out on Monday.</p>",
         "Ministers defend the plan after a debate. It was laid out on Monday."),
        ("Ministers defend the plan<br><br>It was laid out on Monday.",
         "Ministers defend the plan. It was laid out on Monday."),
        ("<p>Nine</p><p>years it took.</p>", "Nine years it took."),
        ("<figure><img src='/a.jpg'><figcaption>The quay. Photo: A. Writer</figcaption></figure><p>It opened.</p>",
         "It opened."),
        ("<div class='wp-caption'><img src='/a.jpg'><p class='wp-caption-text'>The quay</p></div>It opened.",
         "It opened."),
        (("<figure class='wp-block-pullquote'><blockquote><p>Never.</p><cite>R. Amadi</cite></blockquote></figure>"
         "<p>She turned.</p>"), "She turned."),
        ("<blockquote class='post'><p lang='en' dir='ltr'>Soon.</p></blockquote><p>It came.</p>", "It came."),
        ("<blockquote>Only a quotation.</blockquote>", "Only a quotation."),
        ("<table><tr><td>North</td><td>41</td></tr></table><p>The crane went.</p>", "The crane went."),
        ("<table><tr><td>All of it is laid out in a table.</td></tr></table>", "All of it is laid out in a table."),
        ("<iframe src='/m'>No map here.</iframe><p>It rained.</p>", "It rained."),
        ("<p>A bridge<sup><a href='#1'>1</a></sup> of 300 m<sup>2</sup><sup>[2]</sup>.</p>", "A bridge of 300 m2."),
        ("[vc_row][poll id=”3″] The fair moves.[/vc_row] Traders are [sic] divided.",
         "The fair moves. Traders are [sic] divided."),
        ("<p lang='fr'>La gauche arrive.</p><h2 title='The \"second\" part'>Second part</h2>",
         "La gauche arrive. Second part"),
        ("<aside>Also read this</aside><nav>Home</nav><p>It opened.</p>", "It opened."),
        (("<ol><li><a href='/1'>Bridge opens at last</a> <font>The Post</font></li>"
         "<li><a href='/2'>A bridge, at last</a> <font>The Other Post</font></li></ol>"), ""),
        ("<a href='/1'>Bridge opens</a>&nbsp;&nbsp;<font color='#6f6f6f'>The Post</font>", ""),
        ("<noscript>Please turn on scripts.</noscript><p>It opened.</p>", "It opened."),
        ("<p>今日開通した</p><p>全長三百メートル。</p>", "今日開通した。 全長三百メートル。"),
    ],
)  # fmt: skip
def test_a_summary_is_the_storys_own_words(markup: str, summary: str) -> None:
    assert summary_of(markup) == summary


@pytest.mark.parametrize(
    ("description", "content", "summary", "author"),
    [
        ("Ward Jobs North 41 Source: archive The crane went.",
         ("<figure><table><tr><th>Ward</th><th>Jobs</th></tr><tr><td>North</td><td>41</td></tr></table>"
         "<figcaption>Source: archive</figcaption></figure><p>The crane went.</p>"), "The crane went.", ""),
        ("Never. Amadi She turned.",
         "<blockquote class='pull'><p>Never.</p><cite>Amadi</cite></blockquote><p>She turned.</p>", "She turned.", ""),
        ("By Mara Quint, keeper of the light It teaches one thing.",
         "<p><em>By Mara Quint, keeper of the light</em></p><p>It teaches one thing.</p>",
         "It teaches one thing.", "Mara Quint"),
        ("No map here. It rained.", "<iframe src='/m'>No map here.</iframe><p>It rained.</p>", "It rained.", ""),
    ],
)  # fmt: skip
def test_the_full_text_tells_what_a_description_without_markup_begins_with(
    description: str, content: str, summary: str, author: str
) -> None:
    texts = [Words(description, is_html=True), Words(content, is_html=True)]
    told = told_by(texts, "Headline")
    assert (told.summary, told.author) == (summary, author)


@pytest.mark.parametrize(
    ("title", "headline"),
    [
        ("Browser comes without &lt;blink&gt;", "Browser comes without <blink>"),
        ("a&lt;b and b&gt;c", "a<b and b>c"),
        ("A &lt;em&gt;bold&lt;/em&gt; move", "A bold move"),
        ("&lt;p&gt;In a paragraph", "In a paragraph"),
        ("Caf&amp;amp;eacute; at &amp;amp;euro;2, &amp;amp;laquo;oui&amp;amp;raquo;", "Café at €2, «oui»"),
        ("Rates &amp;amp;amp; rents", "Rates & rents"),
    ],
)  # fmt: skip
def test_words_that_look_like_tags_stay_and_entities_go(title: str, headline: str) -> None:
    assert story("", title=title).headline == headline


def test_plain_text_that_holds_entities_is_decoded_in_json_and_atom() -> None:
    body = (
        b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"https://paper.example.org/1",'
        b'"title":"Rates &amp; rents: what&#8217;s <next>","summary":"It&#8217;s up"}]}'
    )
    (found,) = parse_feed(body, content_type=None, url="https://paper.example.org/f").stories
    assert (found.headline, found.summary) == ("Rates & rents: what’s <next>", "It’s up")
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><author><name>Jane Writer</name></author><entry>'
        '<title>Rates &amp;amp; rents</title><link href="https://paper.example.org/r"/>'
        "<summary>Rates&amp;nbsp;rise.</summary></entry></feed>"
    )
    (found,) = parse_feed(
        atom.encode(), content_type=None, url="https://paper.example.org/f"
    ).stories
    assert (found.headline, found.summary, found.authors) == (
        "Rates & rents",
        "Rates rise.",
        ("Jane Writer",),
    )


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (
            "Ines Okafor, Tomasz Wróbel and Léa Dupont",
            ["Ines Okafor", "Tomasz Wróbel", "Léa Dupont"],
        ),
        ("Ines Okafor und Tomasz Wróbel", ["Ines Okafor", "Tomasz Wróbel"]),
        ("Léa Dupont et Ines Okafor", ["Léa Dupont", "Ines Okafor"]),
        ("Ana Soler y Tomasz Wróbel", ["Ana Soler", "Tomasz Wróbel"]),
        ("By Ludwig van Beethoven & Clara Wieck", ["Ludwig van Beethoven", "Clara Wieck"]),
        ("Robert Vey, Jr.", ["Robert Vey, Jr."]),
        ("Ortega y Castellar, Ana", ["Ortega y Castellar, Ana"]),
        ("Culture and Science desk", ["Culture and Science desk"]),
        ("Anna Smith, Staff Writer", ["Anna Smith, Staff Writer"]),
        ("Jane @ The Post", ["Jane @ The Post"]),
        ("@janewriter", ["@janewriter"]),
        ("jane@example.org", []),
        ("Jane Writer <jane@example.org>", ["Jane Writer"]),
    ],
)
def test_names_are_told_apart_where_there_is_no_doubt(written: str, names: list[str]) -> None:
    assert people([written]) == names


def test_tags_are_split_and_alike_however_they_are_composed() -> None:
    tags = "".join(
        f"<category>{tag}</category>"
        for tag in ("Sports, Football", "Économie", "E\u0301conomie", "sports")
    )
    assert story(tags).tags == ("Sports", "Football", "Économie")


def test_comments_and_locked_stories_never_become_stories() -> None:
    comment = "<item><title>Comment on X</title><link>https://paper.example.org/m/#comment-3</link></item>"
    form = "&lt;form action='/wp-login.php?action=postpass'&gt;&lt;input&gt;&lt;/form&gt;"
    locked = (
        "<item><title>Geschützt: Plan</title><link>https://paper.example.org/h</link><description>Nichts.</description>"
        f"<content:encoded>{form}</content:encoded></item>"
    )
    feed = feed_of(comment, locked)
    assert feed.stories == ()
    assert feed.warnings[:2] == (
        "1 story was left out: it is a reader’s comment.",
        "1 story was left out: it is behind a password.",
    )
    assert story("", title="Protected: the seals of the bay").headline.startswith("Protected")
