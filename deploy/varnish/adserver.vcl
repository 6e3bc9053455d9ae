# A news site behind Varnish, whose cached pages get their ads by ESI: the page comes from the cache, each ad is decided
# for the reader. In a page of the site:
#   <esi:include src="/_ads/demo-haber/top?kv.section=yerel"/>
# Set ADSERVER_TRUSTED_PROXIES to this Varnish's address, and ADSERVER_BASE_URL to what readers reach.
vcl 4.1;

backend site {
    .host = "127.0.0.1";
    .port = "8080";
}

# A reader does not wait for an ad: slower is an empty slot.
backend adserver {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 0.2s;
    .first_byte_timeout = 0.5s;
    .between_bytes_timeout = 0.5s;
}

sub vcl_recv {
    # Only what readers ask for themselves: a fragment that a page includes keeps the first one's.
    if (req.esi_level == 0) {
        set req.http.X-Forwarded-For = client.ip;
    }
    if (req.url ~ "^/_ads/") {
        if (req.esi_level == 0) {
            return (synth(404));
        }
        set req.backend_hint = adserver;
        set req.url = regsub(req.url, "^/_ads/", "/v1/slots/");
        set req.http.Host = "ads.example";
        unset req.http.Cookie;
        unset req.http.Accept-Encoding;
        return (pass);
    }
    set req.backend_hint = site;
}

sub vcl_backend_response {
    if (bereq.backend == adserver) {
        if (beresp.status != 200) {
            return (error(503));
        }
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
