"""What the readers are shown: a site with three slots, and two creatives for each."""

SITE = "gazete"
SLOTS = ("top", "in-article", "footer")
ARTICLES = ("101", "102", "103", "şehir/104")
MICROS_AN_IMPRESSION = 45_000

_SIZE = {"top": "728x90", "in-article": "300x250", "footer": "320x100"}

_SLOT = "      - {{name: {slot}, label: REKLAM ALANI, sizes: [{size}]}}\n"
_CAMPAIGN = """\
      - key: {slot}
        name: {slot}
        tier: standard
        price: {{model: cpm, amount: "45.00", currency: TRY}}
        slots: [{site}/{slot}]
        creatives:
          - {{key: {slot}-1, kind: image, size: {size}, src: "https://cdn.example/1.png", alt: Bir, click_url: "https://zeytin.example/1"}}
          - {{key: {slot}-2, kind: image, size: {size}, src: "https://cdn.example/2.png", alt: İki, click_url: "https://zeytin.example/2"}}
"""


def inventory_text() -> str:
    """Return the inventory file."""
    slots = "".join(_SLOT.format(slot=slot, size=_SIZE[slot]) for slot in SLOTS)
    campaigns = "".join(_CAMPAIGN.format(slot=slot, size=_SIZE[slot], site=SITE) for slot in SLOTS)
    return (
        f"sites:\n  - key: {SITE}\n    name: Gazete\n    domains: [localhost]\n    timezone: Europe/Istanbul\n"
        f"    slots:\n{slots}advertisers:\n  - key: zeytin\n    name: Zeytin\n    campaigns:\n{campaigns}"
    )
