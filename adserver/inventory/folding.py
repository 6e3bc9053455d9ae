"""How texts compare: Turkish case folding, and one name for each of the 81 provinces."""

import unicodedata
from functools import lru_cache

_BY_PLATE = """
    Adana Adıyaman Afyonkarahisar Ağrı Amasya Ankara Antalya Artvin Aydın Balıkesir Bilecik Bingöl Bitlis Bolu
    Burdur Bursa Çanakkale Çankırı Çorum Denizli Diyarbakır Edirne Elazığ Erzincan Erzurum Eskişehir Gaziantep
    Giresun Gümüşhane Hakkari Hatay Isparta Mersin İstanbul İzmir Kars Kastamonu Kayseri Kırklareli Kırşehir Kocaeli
    Konya Kütahya Malatya Manisa Kahramanmaraş Mardin Muğla Muş Nevşehir Niğde Ordu Rize Sakarya Samsun Siirt Sinop
    Sivas Tekirdağ Tokat Trabzon Tunceli Şanlıurfa Uşak Van Yozgat Zonguldak Aksaray Bayburt Karaman Kırıkkale
    Batman Şırnak Bartın Ardahan Iğdır Yalova Karabük Kilis Osmaniye Düzce
"""
PROVINCES = tuple(_BY_PLATE.split())
"""The 81 provinces in the order of their plate codes: Adana has 1, Düzce 81."""

_ALIASES = {
    "Afyonkarahisar": ("Afyon", "A.Karahisar"),
    "Ağrı": ("Karaköse",),
    "Diyarbakır": ("D.Bakır",),
    "Gaziantep": ("Antep", "G.Antep"),
    "Hatay": ("Antakya",),
    "İstanbul": ("İst",),
    "Kahramanmaraş": ("Maraş", "K.Maraş"),
    "Kocaeli": ("İzmit",),
    "Mersin": ("İçel", "Mersin (İçel)", "İçel (Mersin)"),
    "Sakarya": ("Adapazarı",),
    "Şanlıurfa": ("Urfa", "Ş.Urfa"),
    "Tunceli": ("Dersim",),
}
_TO_LOWER = str.maketrans("Iİ", "ıi")
_TO_ASCII = str.maketrans("ıçğöşüâîû", "icgosuaiu")
_CACHED_TEXTS = 8192


@lru_cache(_CACHED_TEXTS)
def fold(text: str) -> str:
    """The text in lower case as Turkish has it (I to ı, İ to i), composed, trimmed, inner white space one blank."""
    lowered = unicodedata.normalize("NFC", text).translate(_TO_LOWER).lower()
    # Browsers lower İ to i and a combining dot outside a Turkish locale.
    return " ".join(unicodedata.normalize("NFC", lowered.replace("i\u0307", "i")).split())


@lru_cache(_CACHED_TEXTS)
def province(text: str) -> str | None:
    """The official name of a province, however it is cased, abbreviated or bare of Turkish letters; None for others."""
    return _PROVINCE_OF.get(_skeleton(text))


@lru_cache(_CACHED_TEXTS)
def canonical(text: str) -> str:
    """What places compare by: the folded name of the province, or the folded text."""
    return fold(province(text) or text)


def _skeleton(text: str) -> str:
    return "".join(filter(str.isalnum, fold(text).translate(_TO_ASCII)))


_PROVINCE_OF = {_skeleton(spelling): name for name in PROVINCES for spelling in (name, *_ALIASES.get(name, ()))}
