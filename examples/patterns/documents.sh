#!/usr/bin/env bash
# Free JSON documents beside relational columns, searched through an index.
source "$(dirname "$0")/lib.sh"
# Of the first twenty, the last that says anything of itself: a product may have no attributes.
attribute=$(request GET "/products?limit=20" | sed -E 's/.*"attributes":\{"([a-zA-Z]+)":"([^"]+)".*/\1:\2/')
echo "searching $attribute"
request GET "/products?search=$(sed "s/ /%20/g" <<<"$attribute")&limit=3" | expect "${attribute#*:}"
