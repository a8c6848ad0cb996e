# PURGE / with `xkey-purge: product-7 products`: an index from tag to objects, so that a purge costs what it removes.
import xkey;

sub vcl_recv {
  if (req.method == "PURGE") {
    if (client.ip !~ purgers) {
      return (synth(403, "Not a purger"));
    }
    if (req.http.xkey-purge !~ "^[\w.:-]+( [\w.:-]+)*$") {
      return (synth(400, "xkey-purge: tags, separated by spaces"));
    }
    set req.http.x-purged = xkey.purge(req.http.xkey-purge);
    return (synth(200, req.http.x-purged + " objects purged"));
  }
}
