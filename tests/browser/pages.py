"""The pages that a publisher would write around the tag."""

TOP = '<div data-ad-slot="top"></div>'
IN_ARTICLE = '<div data-ad-slot="in-article"></div>'
FOOTER = '<div data-ad-slot="footer"></div>'
PAUSE = "<!-- the rest comes later -->"
STYLE = '<link rel="stylesheet" href="{ads}/v1/slots/demo-haber.css">'

# Leaves in `heard` what the tag tells the page.
RECORD_EVENTS = """
<script>
  window.heard = [];
  for (const event of ["rendered", "empty", "viewable", "click"]) {
    document.addEventListener("adserver:" + event, ({detail: {slot, campaign, creative, why}}) => {
      heard.push([event, slot, campaign, creative, why].join());
    });
  }
</script>
"""

PARAGRAPH = "<p>Antalya'da hafta sonu beklenen yağış çiftçiyi sevindirdi; kıyı ilçelerinde sağanak bekleniyor.</p>"


def tag(attributes: str = "") -> str:
    return f'<script async src="{{ads}}/tag.js" data-site="demo-haber" {attributes}></script>'


def page(body: str, *, attributes: str = "", head: str = "", root: str = 'lang="tr"') -> str:
    """Return a page; `{ads}` stands for the ad server's address until it is published."""
    return (
        f'<!doctype html><html {root}><meta charset="utf-8"><title>Haber</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<link rel="canonical" href="https://demo-haber.example/haber/42">{head}{tag(attributes)}<body>{body}</html>'
    )


def article(*, attributes: str = "", head: str = "") -> str:
    """Return a page with the three slots, all near enough to load."""
    body = f"<h1>Yağış sevinci</h1>{TOP}{PARAGRAPH * 2}{IN_ARTICLE}{PARAGRAPH * 2}{FOOTER}<p>Kaynak: Demo Haber</p>"
    return page(body, attributes=attributes, head=head)


def below(slot: str, *, attributes: str = "", head: str = "") -> str:
    """Return a page with one slot just below the viewport, and space to scroll it through."""
    space = '<div id="space" style="height:100vh"></div>'
    return page(space + slot + space, attributes=attributes, head=head)
