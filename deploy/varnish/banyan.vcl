# What a shared cache in front of a banyan must do, whatever the app.
import std;

sub vcl_recv {
  # Answered to this machine only, and to Varnish everybody comes from this machine.
  if (req.url ~ "^/(metrics|health)") {
    return (synth(404));
  }
  # Copies of an answer would all carry the id of the request that brought it.
  if (req.http.X-Request-Id !~ "^[\w.:-]{8,128}$") {
    set req.http.X-Request-Id = "varnish-" + req.xid;
  }
  if (req.restarts == 0) {
    unset req.http.x-stale;
    unset req.http.x-cache-status;
  }
  if (req.method != "GET" && req.method != "HEAD") {
    return (pass);
  }
  # HTTP/2 sends each cookie in a line of its own, and a condition looks at the first.
  std.collect(req.http.Cookie, "; ");
  # Who shows credentials may be shown more than others; who shows a consistency token has seen more than a copy may hold.
  if (req.http.Authorization || req.http.X-Api-Key || req.http.Consistency-Token ||
      req.http.Cookie ~ "(^|;\s*)banyan-consistency=") {
    return (pass);
  }
  # No answer that may be kept depends on any other cookie.
  unset req.http.Cookie;
  return (hash);
}

sub vcl_hit {
  if (obj.ttl >= 0s) {
    set req.http.x-cache-status = "Varnish; hit";
  } elsif (req.http.x-stale == "shown" || obj.ttl + std.duration(obj.http.x-stale-while-revalidate + "s", 0s) >= 0s) {
    set req.http.x-cache-status = "Varnish; hit; detail=stale";
  } else {
    # Too old to be shown while the shop answers: fetched anew first, shown only when that fails.
    set req.http.x-stale = "kept";
    set req.grace = 0s;
    return (restart);
  }
}

sub vcl_miss {
  set req.http.x-cache-status = "Varnish; fwd=miss";
}

sub vcl_pass {
  set req.http.x-cache-status = "Varnish; fwd=bypass";
}

sub vcl_backend_response {
  if (beresp.status >= 500) {
    # A copy that is there is better than this answer, and this answer is no copy to keep.
    if (bereq.is_bgfetch) {
      return (abandon);
    }
    set beresp.uncacheable = true;
    set beresp.ttl = 0s;
    return (deliver);
  }
  if (beresp.http.CDN-Cache-Control ~ "max-age=\d+") {
    # Less what the answer has grown in the gateway's own copy.
    set beresp.ttl = std.duration(regsub(beresp.http.CDN-Cache-Control, "^.*max-age=(\d+).*$", "\1s"), 0s) - beresp.age;
    set beresp.http.x-stale-while-revalidate = "0";
    set beresp.grace = 0s;
  }
  if (beresp.http.CDN-Cache-Control ~ "stale-while-revalidate=\d+") {
    set beresp.http.x-stale-while-revalidate =
      regsub(beresp.http.CDN-Cache-Control, "^.*stale-while-revalidate=(\d+).*$", "\1");
    set beresp.grace = std.duration(beresp.http.x-stale-while-revalidate + "s", 0s);
  }
  if (beresp.http.CDN-Cache-Control ~ "stale-if-error=\d+") {
    # While the shop answers, vcl_hit shows nothing that is older than stale-while-revalidate.
    set beresp.grace = std.duration(
      regsub(beresp.http.CDN-Cache-Control, "^.*stale-if-error=(\d+).*$", "\1s"), 0s);
  }
  # Kept that long for its ETag, so that what has not changed costs a 304.
  set beresp.keep = 10m;
  if (!beresp.http.xkey && beresp.http.Cache-Tag) {
    set beresp.http.xkey = regsuball(beresp.http.Cache-Tag, ",", " ");
  }
  if (beresp.http.Cache-Control ~ "public") {
    # What one client has left is no news for the others.
    unset beresp.http.RateLimit;
    unset beresp.http.RateLimit-Policy;
  }
}

sub vcl_backend_error {
  if (bereq.is_bgfetch) {
    return (abandon);
  }
}

sub vcl_deliver {
  if (resp.status >= 500 && req.http.x-stale == "kept") {
    set req.http.x-stale = "shown";
    set req.grace = 1w; # as long as the copy itself allows
    return (restart);
  }
  set resp.http.X-Request-Id = req.http.X-Request-Id;
  set resp.http.Cache-Status = req.http.x-cache-status;
  if (req.http.x-cache-status ~ "hit") {
    unset resp.http.X-Cache; # of the request that brought the copy
  }
  unset resp.http.xkey;
  unset resp.http.Cache-Tag;
  unset resp.http.CDN-Cache-Control;
  unset resp.http.x-stale-while-revalidate;
}
