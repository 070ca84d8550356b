"""What content systems add to the words of a story, in many languages, and what is left without it."""

import re


def _any_of(lines: str) -> str:
    """A pattern of the lines: in them a space is any white space, and “…” anything of a line's length."""
    one = "|".join(line for line in lines.strip().splitlines())
    return (
        one.replace(" … ", r"\b.{0,300}?")
        .replace(r"\b\b", r"\b")
        .replace(" ?", r"\s*")
        .replace(" ", r"\s+")
    )


# At the end of an excerpt: “The post X appeared first on Y.” A star stands for the headline.
# A line for each language; a space is any white space, “…” what the system puts between.
_FIRST_ON = _any_of(
    r"""
(?:the|this) (?:post|article|story|entry)\b … \b(?:first appeared|appeared first|was first published) (?:on|in|at)\b
(?:the|this) (?:post|article|story|entry)\b … \b(?:was )?originally (?:appeared|published) (?:on|in|at)\b
(?:der|dieser) (?:beitrag|artikel)\b … \berschien (?:zuerst|zunächst) (?:auf|bei|in)\b
(?:l['’]article|cet article|le post)\b … \b(?:est (?:ap)?paru en premier|est d['’]abord paru) (?:sur|dans)\b
(?:la entrada|el artículo|el post|la noticia)\b … \b(?:se publicó|aparece|apareció|fue publicada?) primero en\b
(?:l['’]articolo|il post)\b … \b(?:proviene da|sembra essere il primo su)\b
het (?:bericht|artikel)\b … \bverscheen (?:als )?eerste?(?: op)?\b
o (?:post|artigo|conteúdo)\b … \b(?:apareceu|aparece) primeiro (?:em|no|na)\b
(?:artykuł|post|wpis)\b … \b(?:pochodzi z serwisu|pojawił się po ?raz pierwszy w)\b
(?:сообщение|запись|статья)\b … \b(?:появил[ио]с[ья] сначала|впервые появил[аио]с[ья]) (?:на|в)\b
(?:запис|допис|стаття)\b … \b(?:спершу|вперше) з['’]явил[аио]с[ья] (?:на|в)\b
inlägget\b … \bdök först upp på\b
(?:indlægget|innlegget)\b … \b(?:blev først udgivet|dukket først opp|udkom først) på\b
artikkeli\b … \b(?:julkaistiin ensimmäisenä|ilmestyi ensin)\b
příspěvek\b … \b(?:se nejdříve objevil|pochází) (?:na|z)\b
articolul\b … \b(?:apare|a apărut) prima dată (?:în|pe)\b
az? … \b(?:bejegyzés|cikk) először … \bjelent meg\b
(?:artikel|postingan)\b … \bpertama kali (?:tampil|muncul) (?:pada|di)\b
bài viết\b … \bxuất hiện (?:đầu tiên|lần đầu)\b
投稿 … 最初に表示されました
文章 … (?:最先出现在|最早出现于|首次出现在)
(?:ظهرت|نُشرت|نشرت) (?:المقالة|التدوينة)\b … \bأولاً? (?:على|في)\b
نوشته … اولین بار در\b
הפוסט … הופיע (?:לראשונה|ראשון) ב
η δημοσίευση\b … \bεμφανίστηκε πρώτα\b
"""
)
_TURKISH_FIRST = (
    r"[^.!?…]{0,300}?\bilk\s+(?:önce|olarak)\b.{0,200}?\b(?:ortaya\s+çıktı|yayınlandı|göründü)"
)
# The words of links that lead on to the story.
_MORE = _any_of(
    r"""
continue reading|keep reading|read (?:more|on|the (?:full|rest|whole)|full|this)|full story|more here
view (?:original|article|full|post)|learn more
to read this article in full|click here|see (?:all|more) (?:of )?our
(?:hier )?weiter ?lesen|weiter zum|artikel lesen|mehr (?:lesen|dazu|erfahren)
lesen sie (?:hier|mehr|weiter|den)|(?:zum|ganzer|vollständigen?) artikel
lire (?:la suite|plus|l['’]article|aussi)|en savoir plus|(?:continuer|poursuivre) la lecture
leer (?:más|artículo|la noticia)|(?:seguir|sigue|continuar|continúa) leyendo
leggi (?:tutto|di più|l['’]articolo|anche|ancora)|continua (?:a leggere|la lettura)
(?:leia|ler|saiba) mais|contin(?:uar|ue) (?:lendo|a ler)|leia (?:também|o artigo|a matéria)
lees (?:meer|verder|het hele)|(?:verder|meer) lezen
czytaj (?:dalej|więcej|całość|także)
читать (?:далее|дальше|полностью|ещё)|подробнее|читати (?:далі|повністю|більше)|детальніше
devamını oku|okumaya devam
läs (?:mer|vidare|hela)|fortsätt läsa
læs (?:mere|videre|hele)|les (?:mer|videre|hele)|lue (?:lisää|koko)|jatka lukemista
číst (?:dále|více|celé)|pokračovat ve čtení|čítať ďalej|tovább olvas\w+|olvass tovább|bővebben
cite[sș]te (?:mai|tot|întreg)|continuă (?:lectura|să)|διαβάστε (?:περισσότερα|τη)|συνέχεια ανάγνωσης
続きを読む|もっと(?:読む|見る)|続きはこちら
继续阅读|阅读(?:更多|全文)|繼續閱讀|閱讀(?:更多|全文)|查看(?:全文|更多)|계속 ?읽기|더 ?(?:보기|읽기)
[اإأ]قر[أا] (?:المزيد|أيض)|متابعة القراءة|ادامه (?:مطلب|خواندن)|ל?המשך (?:לקרוא|קריאה)|קרא עוד
baca (?:selengkapnya|juga|lebih)|đọc (?:tiếp|thêm)|xem thêm|(?:और|पूरा|आगे) पढ़ें
"""
)
_SHARE = _any_of(
    r"""
share (?:this|on|via)\b|tweet this\b|like (?:this ?:|loading)
teilen (?:mit|auf|sie)\b|partager (?:sur|cet|:)|delen op\b
compart(?:ir|e|ilhe) (?:en|esto|isto|no|:)|condividi (?:su|:)|podziel się\b|поделиться\b
\d{1,5} (?:comments?|kommentare?|commentaires?|comentarios?|commenti|reacties)$|\[link\] ?\[comments\]
submitted by /?u/|filed under ?:|(?:tags?|posted in) ?:
"""
)
_TAIL = re.compile(
    rf"(?:(?:(?<=[\s.!?…。\])])|^)(?:{_FIRST_ON})|(?:(?<=[.!?…。])\s+|^)(?:{_SHARE})).*\Z",
    re.IGNORECASE | re.DOTALL,
)
_TURKISH_TAIL = re.compile(rf"(?<=[.!?…])\s+{_TURKISH_FIRST}.*\Z", re.IGNORECASE | re.DOTALL)
_MORE_TAIL = re.compile(
    rf"(?:(?<=[\s.!?…。\])])|^)[\[(«»→]?\s*(?:{_MORE})(?P<rest>.{{0,300}})\Z",
    re.IGNORECASE | re.DOTALL,
)
_MORE_LINK = re.compile(rf"\W*(?:{_MORE})\b", re.IGNORECASE)
_END_MARKS = re.compile(r"\s*(?:\[?(?:…|\.\.\.|&hellip;)\]?|[→»>›]+|\(more\))[\s→»>›.…]*\Z")
_MANY_MARKS = re.compile(r"(?:\s*(?:…|\.{3})\s*){2,}")

LONG = 500  # characters


def is_more_link(words: str) -> bool:
    """Whether a link with these words only leads on to the story."""
    return bool(_MORE_LINK.match(words)) or bool(re.search(r"(?:→|»|›|>>|&raquo;)\s*\Z", words))


def without_boilerplate(text: str, headline: str) -> str:
    """Plain words without what a content system put behind them."""
    text = text.replace("[…]", "…").replace("[...]", "…")
    if len(text) > LONG:
        return text  # its end is never shown
    for pattern in (_TAIL, _TURKISH_TAIL):
        text = pattern.sub("", text).rstrip()
    while found := _MORE_TAIL.search(text):
        rest = found["rest"].strip(" .…→»>›:-–|[]()“”\"'")
        if rest and rest.casefold() != headline.casefold() and len(rest.split()) > 6:
            break  # a sentence that happens to begin so
        text = text[: found.start()].rstrip()
    return _one_mark(text)


def _one_mark(text: str) -> str:
    """Leave at most one ellipsis at the end, none after a full stop."""
    found = _END_MARKS.search(text)
    if not found:
        return text
    kept = text[: found.start()].rstrip()
    is_cut = bool(re.search(r"…|\.\.\.", found[0]))
    return kept if not kept or kept[-1] in ".!?。…" or not is_cut else kept + "…"
