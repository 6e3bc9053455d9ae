"""A slot as a page of its own, for an iframe."""

from html import escape

from adserver.delivery.reserve import LOOK
from adserver.delivery.shown import Shown

LARGE_PIXELS = 242_500

# The label's line and the creative fill exactly what `reserve.py` reserves, so a frame of that height shows no bar;
# what is smaller stands in the middle. The page around shows through, dark or light: this grey is read on both; a text
# has a ground of its own.
_STYLE = (
    f"{LOOK}html,body{{height:100%}}"
    "body{margin:0;overflow:hidden;display:grid;align-content:safe center;font-family:system-ui,sans-serif}"
    ".adserver-label{color:#767676;opacity:1}"
    ".adserver-ad>img{left:0;bottom:0}"
    ".adserver-text{box-sizing:border-box;padding:0 8px;color:#222;background:#fff}"
)

# Viewable as the trade says: once it has loaded, so much of it in the viewport of a visible tab for one continuous
# second. The page around need not be ours for the observer to know. Beside a text's picture there are words, and these
# are the ad: it is viewable without.
_SCRIPT = (
    "(function(s){var e=s.previousElementSibling,b=e.children[1],m=+s.dataset.share,w;"
    "function stop(){clearTimeout(w);w=0}"
    "function sent(){o.disconnect();document.removeEventListener('visibilitychange',look);"
    "navigator.sendBeacon(s.dataset.to,'viewable '+s.dataset.token)}"
    "var seen=false;function look(){var v=seen&&document.visibilityState==='visible';"
    "if(!v)stop();else if(!w)w=setTimeout(sent,1000)}"
    "var o=new IntersectionObserver(function(l){seen=l[l.length-1].intersectionRatio>=m;look()},{threshold:[0,m]});"
    "window.addEventListener('load',function(){var i=b.querySelector('img:only-child');"
    "if(!i||i.naturalWidth)o.observe(b)});"
    "document.addEventListener('visibilitychange',look)})(document.currentScript)"
)


def frame_page(shown: Shown, fragment: str, language: str, base: str) -> str:
    """Return the fragment as a page that reports by itself when it was viewable."""
    width, height = shown.creative.size
    share = 0.3 if width * height >= LARGE_PIXELS else 0.5
    return (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf-8"><meta name="robots" content="noindex">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(shown.slot.label)}</title>'
        f'<base target="_blank"><style>{_STYLE}</style>{fragment}'
        f'<script data-to="{escape(base)}/v1/events" data-token="{shown.token}" data-share="{share}">{_SCRIPT}</script>'
        "</html>"
    )
