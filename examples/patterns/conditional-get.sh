#!/usr/bin/env bash
# Browser caching without staleness: a strong ETag, 304 while nothing changed.
source "$(dirname "$0")/lib.sh"
etag=$(curl -sSi "$API/products/7" | tr -d "\r" | sed -n "s/^ETag: //ip")
curl -sSi -H "If-None-Match: $etag" "$API/products/7" | expect "304 Not Modified"
