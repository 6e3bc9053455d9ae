# A news site behind Varnish, whose cached pages get their ads by ESI: the page comes from the cache, each ad is decided
# for the reader. In a page of the site:
#   <esi:include src="/_ads/demo-haber/top?kv.section=yerel&amp;kv.city=Kahramanmara%C5%9F"/>
# Merge it into the VCL that says how your site is cached: left to itself, Varnish caches nothing for readers with cookies.
# Set ADSERVER_BASE_URL to what readers reach: pictures, counts and clicks do not come through this Varnish.
# Pages that do not begin with "<" (a byte order mark is enough) need `varnishd -p feature=+esi_disable_xml_check`.
vcl 4.1;

backend site {
    .host = "127.0.0.1";
    .port = "8080";
}

# A reader does not wait for an ad: slower is an empty slot. Varnish asks for a page's ads one after the other, so an ad
# server that hangs is not asked at all until it is well again.
backend adserver {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 0.2s;
    .first_byte_timeout = 0.5s;
    .between_bytes_timeout = 0.5s;
    .probe = {
        .url = "/live";
        .interval = 1s;
        .timeout = 0.5s;
        .window = 3;
        .threshold = 2;
        .initial = 3;
    }
}

sub vcl_recv {
    if (req.url ~ "^/_ads/") {
        if (req.esi_level == 0) {
            return (synth(404));
        }
        set req.backend_hint = adserver;
        set req.url = regsub(req.url, "^/_ads/", "/v1/slots/");
        set req.http.Host = "ads.example";
        # What the reader tells the site is no business of the ad server.
        unset req.http.Cookie;
        unset req.http.Authorization;
        unset req.http.Accept-Encoding;
        return (pass);
    }
    set req.backend_hint = site;
    # Varnish finds no includes in what it cannot unpack, and hands a reader's "br" on where it does not cache.
    if (req.http.Accept-Encoding ~ "gzip") {
        set req.http.Accept-Encoding = "gzip";
    } else {
        unset req.http.Accept-Encoding;
    }
}

sub vcl_backend_response {
    if (bereq.backend == adserver) {
        if (beresp.status != 200) {
            return (error(503));
        }
        # All of an ad or nothing of it.
        set beresp.do_stream = false;
    } elseif (beresp.http.Content-Type ~ "^text/html") {
        set beresp.do_esi = true;
    }
}

# Varnish ends a page at an include that fails: an ad that does not come is an empty one.
sub vcl_backend_error {
    if (bereq.backend == adserver) {
        set beresp.status = 200;
        synthetic("");
        return (deliver);
    }
}

# A page with its ads is this reader's and of this moment. How long the site lets others keep it has been heeded here.
sub vcl_deliver {
    if (obj.can_esi) {
        unset req.http.If-Modified-Since;
        unset resp.http.Last-Modified;
        unset resp.http.ETag;
        unset resp.http.Expires;
        if (resp.http.Cache-Control !~ "no-store") {
            set resp.http.Cache-Control = "private, no-cache";
        }
    }
}
