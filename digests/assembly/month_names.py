"""Names of months and days as feeds write them, without accents, capitals and full stops (`folded`).

Unicode's CLDR for 29 languages, with what publishers write besides. Croatian is not among them: its “listopad” is
October, and everybody else's is November. Chinese, Japanese and Korean count their months.
"""

import re
import unicodedata

# January to December, a slash between two months.
_MONTHS = """
january jan januar janvier janv enero ene gennaio gen janeiro januari jaenner janner stycznia sty styczen января
янв январь січня січ січень ledna led leden januara ocak oca tammikuuta tammi tammikuu ianuarie ian ιανουαριου
ιαν ιανουαριοσ gener януари яну يناير جانفي كانون-الثاني ژانویه ינואר ינו जनवरी जन thang-1 thang-01 /
february feb februar fevrier fevr febrero febbraio fevereiro fev februari lutego lut luty февраля февр фев февраль
лютого лют лютии unora uno unor februara subat sub helmikuuta helmi helmikuu febr februarie φεβρουαριου φεβ
φεβρουαριοσ febrer februarius feber fevrier فبراير فيفري شباط فوریه פברואר פבר फरवरी फर thang-2 thang-02
февруари /
march mar marz maerz mrz mars marzo marco maart mrt marca marzec марта мар март березня бер березень brezna bre
brezen marec mart marts maaliskuuta maalis maaliskuu marcius marc martie μαρτιου μαρ μαρτιοσ maret مارس اذار
מרץ मारच thang-3 thang-03 /
april apr avril avr abril abr aprile kwietnia kwi kwiecien апреля апр апрель квітня квіт кві квітень dubna dub
duben aprila nisan nis huhtikuuta huhti huhtikuu aprilis aprilie απριλιου απρ απριλιοσ април ابريل افريل نيسان
اوریل אפריל אפר अपरैल अप thang-4 thang-04 /
may mai mayo maggio mag maio mei maja maj мая маи май травня трав тра травень kvetna kve kveten mayis
toukokuuta touko toukokuu majus μαιου μαι μαιοσ maig مايو ماي ايار מאי मई thang-5 thang-05 /
june jun juni juin junio giugno giu junho czerwca cze czerwiec июня июн июнь червня черв чер червень cervna cvn
cerven juna haziran haz kesakuuta kesa kesakuu junius iunie iun ιουνιου ιουν ιουνιοσ juny юни يونيو يونيه جوان
حزيران ژوين יוני जून thang-6 thang-06 /
july jul juli juillet juil julio luglio lug julho lipca lip lipiec июля июл июль липня лип липень cervence cvc
cervenec jula temmuz tem heinakuuta heina heinakuu julius iulie iul ιουλιου ιουλ ιουλιοσ juliol юли يوليو
يوليه جويليه جويلية تموز ژويیه יולי जुलाई जुल thang-7 thang-07 /
august aug aout agosto ago augustus sierpnia sie sierpien августа авг август серпня серп сер серпень srpna srp
srpen augusta agustos agu augusti elokuuta elo elokuu augusztus αυγουστου αυγ αυγουστοσ agustus agost
اغسطس اوت اب אוגוסט אוג अगसत अग thang-8 thang-08 /
september sep sept septembre septiembre setiembre settembre set setembro wrzesnia wrz wrzesien сентября сент сен
сентябрь вересня вер вересень zari zar septembra eylul eyl syyskuuta syys syyskuu szeptember szept septembrie
σεπτεμβριου σεπ σεπτ σεπτεμβριοσ setembre септември سبتمبر ايلول سپتامبر ספטמבר ספט सितंबर सितमबर सित
thang-9 thang-09 septiembre /
october oct oktober okt octobre octubre ottobre ott outubro out pazdziernika paz pazdziernik октября окт октябрь
жовтня жовт жов жовтень rijna rij rijen oktobra ekim eki lokakuuta loka lokakuu octombrie οκτωβριου οκτ
οκτωβριοσ октомври اكتوبر تشرين-الاول اکتبر אוקטובר אוק अकटूबर अकटू thang-10 /
november nov novembre noviembre novembro listopada lis listopad ноября нояб ноя ноябрь листопада лист лис
листопад listopadu novembra kasim kas marraskuuta marras marraskuu noiembrie noi νοεμβριου νοε νοεμ νοεμβριοσ
ноември ное نوفمبر تشرين-الثاني نوامبر נובמבר נוב नवंबर नवमबर नव thang-11 /
december dec dezember dez decembre diciembre dic dicembre dezembro grudnia gru grudzien декабря дек декабрь
грудня груд гру грудень prosince pro prosinec decembra aralik ara desember des joulukuuta joulu joulukuu
decembrie δεκεμβριου δεκ δεκεμβριοσ desembre декември ديسمبر كانون-الاول دسامبر דצמבר דצמ दिसंबर दिसमबर दिस
thang-12
"""
# In the order of date.weekday(). What names two days in different languages (“ma”, “so”) is in both rows.
_DAYS = """
monday mon mo montag lundi lun lu lunes lunedi segunda-feira segunda seg maandag ma poniedzialek pon понедельник
пн pazartesi pzt mandag man maanantaina maanantai pondeli po понеділок hetfo luni δευτερα الاثنين /
tuesday tue tues tu dienstag di mardi mar martes martedi terca-feira terca ter dinsdag wtorek wt вторник вт sali
sal tisdag tis ti tirsdag tirs tir tiistaina tiistai utery ut вівторок kedd marti τριτη الثلاثاء ma /
wednesday wed weds we mittwoch mi mercredi mer me miercoles mie mercoledi quarta-feira quarta qua woensdag wo
sroda sr sro среда ср carsamba car onsdag ons on keskiviikkona keskiviikko streda st середа szerda miercuri
τεταρτη الاربعاء /
thursday thu thur thurs th donnerstag do jeudi jeu je jueves jue ju giovedi gio quinta-feira quinta qui donderdag
czwartek czw четверг чт persembe per torsdag tors tor torstaina torstai ctvrtek четвер csutortok joi πεμπτη
الخميس /
friday fri fr freitag vendredi ven viernes vie vi venerdi sexta-feira sexta sex vrijdag vr piatek pt pia пятница
cuma cum fredag fre perjantaina perjantai patek п'ятниця pentek vineri παρασκευη الجمعة /
saturday sat sa samstag sonnabend samedi sam sabado sab sabato zaterdag za sobota sob суббота сб cumartesi cmt
lordag lor lauantaina lauantai субота szombat sambata σαββατο السبت /
sunday sun su sonntag so dimanche dim domingo dom domenica zondag zo niedziela niedz nie воскресенье вс pazar paz
sondag son sunnuntaina sunnuntai nedele неділя нд vasarnap duminica κυριακη الاحد di
"""
MONTHS = {
    name: month for month, names in enumerate(_MONTHS.split("/"), start=1) for name in names.split()
}
DAYS: dict[str, frozenset[int]] = {}
for _day, _names in enumerate(_DAYS.split("/")):
    for _name in _names.split():
        DAYS[_name] = DAYS.get(_name, frozenset()) | {_day}

_NOTHING = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\ufeff"))
_ALIKE = _NOTHING | str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "−": "-", "–": "-", "—": "-", "’": "'", "׳": ""}
)


def folded(text: str) -> str:
    """Small letters without accents, and digits as in English, whatever the script."""
    if text.isascii():
        return text.lower()
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", text.translate(_NOTHING).casefold())
        if not unicodedata.combining(character)
    )
    digits = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in bare
    )
    plain = unicodedata.normalize("NFC", digits.translate(_ALIKE))
    # Two months of the Levant have names of two words.
    return re.sub(r"(?<=تشرين|كانون)\s+(?=ال)", "-", plain)
