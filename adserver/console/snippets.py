"""What a publisher copies into a page, a template or a mail to place a slot, in each of the ways there are."""

from collections.abc import Sequence
from enum import StrEnum
from html import escape
from typing import NamedTuple

from adserver.delivery.render import SANDBOX
from adserver.delivery.reserve import LABEL_HEIGHT
from adserver.inventory.model import Size

MAIL_WIDTH = 600
"""CSS pixels that a mail program shows of a mail."""
PHONE_WIDTH = 360


class Way(StrEnum):
    """How a slot is placed; also the name of its place on the page."""

    HTML = "html"
    WORDPRESS = "wordpress"
    JINJA = "jinja"
    DJANGO = "django"
    PHP = "php"
    NGINX = "nginx"
    VARNISH = "varnish"
    FRAME = "frame"
    NOSCRIPT = "noscript"
    AMP = "amp"
    MAIL = "mail"


WITH_TAG = (Way.HTML, Way.WORDPRESS, Way.JINJA, Way.DJANGO, Way.PHP)
WITHOUT_TAG = (Way.NGINX, Way.VARNISH, Way.FRAME, Way.NOSCRIPT, Way.AMP, Way.MAIL)


class Where(StrEnum):
    """Where a text goes."""

    HEAD = "head"
    PLACE = "place"
    SETTINGS = "settings"


class Part(NamedTuple):
    where: Where
    code: str


class Snippet(NamedTuple):
    way: Way
    parts: Sequence[Part]


class Placed(NamedTuple):
    """A slot as its snippets name it; `base` is the ad server's address, as readers reach it."""

    base: str
    site: str
    name: str
    label: str
    sizes: Sequence[Size]

    def widest(self, width: int | None = None) -> Size:
        """Return the largest size no wider than that, or where none is, the narrowest."""
        fitting = [size for size in self.sizes if width is None or size.width <= width]
        return max(fitting) if fitting else min(self.sizes)

    def frame_height(self, width: int) -> int:
        """Return what a frame needs for any ad that may come into that width, with its label."""
        label = LABEL_HEIGHT if self.label else 0
        return max(size.height for size in self.sizes if size.width <= width) + label

    @property
    def address(self) -> str:
        """The slot's own, as it stands in HTML."""
        return escape(f"{self.base}/v1/slots/{self.site}/{self.name}")


def snippets_of(slot: Placed, ways: Sequence[Way]) -> list[Snippet]:
    """Return the slot's snippets in the order of `ways`."""
    return [Snippet(way, _PARTS[way](slot)) for way in ways]


def _html(slot: Placed) -> list[Part]:
    head = (
        f'{_stylesheet(slot)}\n<script async src="{escape(slot.base)}/tag.js" data-site="{slot.site}" '
        'data-article="42" data-kv-section="yerel"></script>'
    )
    return [Part(Where.HEAD, head), Part(Where.PLACE, f'<div data-ad-slot="{slot.name}"></div>')]


def _wordpress(slot: Placed) -> list[Part]:
    settings = f"{slot.base}\n{slot.site}"
    return [Part(Where.SETTINGS, settings), Part(Where.PLACE, f'[adserver_slot name="{slot.name}"]')]


def _jinja(slot: Placed) -> list[Part]:
    settings = (
        "from adserver.delivery.template import Publisher\n\n"
        'environment.add_extension("adserver.delivery.template.AdServerExtension")\n'
        f'environment.adserver = Publisher("{slot.base}", "{slot.site}")'
    )
    return [
        Part(Where.SETTINGS, settings),
        Part(Where.HEAD, "{{ ad_style() }}\n{{ ad_tag(article=article.id, section=article.section) }}"),
        Part(Where.PLACE, f'{{{{ ad_slot("{slot.name}") }}}}'),
    ]


def _django(slot: Placed) -> list[Part]:
    head = "{% load adserver_tags %}{% ad_style %}\n{% ad_tag article=article.pk section=article.section %}"
    return [
        Part(Where.SETTINGS, f'ADSERVER = {{"base_url": "{slot.base}", "site": "{slot.site}"}}'),
        Part(Where.HEAD, head),
        Part(Where.PLACE, f'{{% load adserver_tags %}}{{% ad_slot "{slot.name}" %}}'),
    ]


def _php(slot: Placed) -> list[Part]:
    head = (
        "<?php require_once 'markup.php' ?>\n"
        f"<?= Adserver\\style('{slot.base}', '{slot.site}') ?>\n"
        f"<?= Adserver\\tag('{slot.base}', '{slot.site}', ['section' => 'yerel'], '42') ?>"
    )
    return [Part(Where.HEAD, head), Part(Where.PLACE, f"<?= Adserver\\slot('{slot.name}') ?>")]


def _nginx(slot: Placed) -> list[Part]:
    return _included(slot, f'<!--# include virtual="/_ads/{slot.site}/{slot.name}?kv.section=yerel" -->')


def _varnish(slot: Placed) -> list[Part]:
    return _included(slot, f'<esi:include src="/_ads/{slot.site}/{slot.name}?kv.section=yerel"/>')


def _included(slot: Placed, include: str) -> list[Part]:
    """Return the parts of an ad that a server puts in; the stylesheet says how its label looks."""
    return [Part(Where.HEAD, _stylesheet(slot)), Part(Where.PLACE, include)]


def _stylesheet(slot: Placed) -> str:
    return f'<link rel="stylesheet" href="{escape(slot.base)}/v1/slots/{slot.site}.css">'


def _frame(slot: Placed) -> list[Part]:
    width = slot.widest().width
    code = (
        f'<iframe src="{slot.address}?as=frame&amp;w={width}" width="{width}" height="{slot.frame_height(width)}"\n'
        f'  title="{escape(slot.label or slot.name)}" loading="lazy" style="border:0;max-width:100%"></iframe>'
    )
    return [Part(Where.PLACE, code)]


def _noscript(slot: Placed) -> list[Part]:
    return [Part(Where.PLACE, f"<noscript>{_labelled_image(slot, 'n=42')}</noscript>")]


def _amp(slot: Placed) -> list[Part]:
    width = slot.widest(PHONE_WIDTH).width
    # AMP takes frames by https alone.
    address = f"https:{slot.base.partition(':')[2]}/v1/slots/{slot.site}/{slot.name}?as=frame&w={width}"
    head = '<script async custom-element="amp-iframe" src="https://cdn.ampproject.org/v0/amp-iframe-0.1.js"></script>'
    code = (
        f'<amp-iframe src="{escape(address)}" width="{width}" height="{slot.frame_height(width)}"\n'
        f'  layout="fixed" frameborder="0" title="{escape(slot.label or slot.name)}" sandbox="{SANDBOX}">\n'
        "  <span placeholder></span>\n"
        "</amp-iframe>"
    )
    return [Part(Where.HEAD, head), Part(Where.PLACE, code)]


def _mail(slot: Placed) -> list[Part]:
    width = slot.widest(MAIL_WIDTH).width
    return [Part(Where.PLACE, _labelled_image(slot, f"n=42&amp;w={width}"))]


def _labelled_image(slot: Placed, query: str) -> str:
    label = f"<small>{escape(slot.label)}</small><br>\n" if slot.label else ""
    return (
        f'{label}<a href="{slot.address}.link?{query}" rel="sponsored noopener" target="_blank"><img '
        f'src="{slot.address}.img?{query}" alt="{escape(slot.label or slot.name)}" border="0" '
        'style="max-width:100%"></a>'
    )


_PARTS = {
    Way.HTML: _html,
    Way.WORDPRESS: _wordpress,
    Way.JINJA: _jinja,
    Way.DJANGO: _django,
    Way.PHP: _php,
    Way.NGINX: _nginx,
    Way.VARNISH: _varnish,
    Way.FRAME: _frame,
    Way.NOSCRIPT: _noscript,
    Way.AMP: _amp,
    Way.MAIL: _mail,
}
