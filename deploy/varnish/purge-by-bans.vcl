# PURGE / with `xkey-purge: product-7 products`, without any module: each request is one ban, against which every object is
# checked once. It looks at the object only, so that the ban lurker can retire it.
import std;

sub vcl_recv {
  if (req.method == "PURGE") {
    if (client.ip !~ purgers) {
      return (synth(403, "Not a purger"));
    }
    if (req.http.xkey-purge !~ "^[\w.:-]+( [\w.:-]+)*$") {
      return (synth(400, "xkey-purge: tags, separated by spaces"));
    }
    # A dot stands for any character, too: a purge may take more than it names, never less.
    if (!std.ban("obj.http.xkey ~ (^|\s)(" + regsuball(req.http.xkey-purge, " ", "|") + ")(\s|$)")) {
      return (synth(500, std.ban_error()));
    }
    return (synth(200, "Banned"));
  }
}
