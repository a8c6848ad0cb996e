vcl 4.1;

# Varnish 7 in front of a shop. Start the shop with TRUST_PROXY=1 and CDN_PURGE_URL=http://127.0.0.1:6081/.
# How and why: docs/how-to/put-a-cdn-in-front.md

backend shop {
  .host = "127.0.0.1";
  .port = "3000";
  .connect_timeout = 1s;
  .first_byte_timeout = 30s; # longer than the slowest operation may take
}

# Who may purge: the machines that run the shop.
acl purgers {
  "127.0.0.1";
  "::1";
}

# Without the module of varnish-modules: "purge-by-bans.vcl".
include "purge-by-xkey.vcl";
include "banyan.vcl";
