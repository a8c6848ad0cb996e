# What every example needs: source it. URL says where the shop listens.
set -euo pipefail
URL=${URL:-http://127.0.0.1:3000}
API=$URL/api/v2

# field NAME: the first value of this name in the JSON on standard input.
field() { grep -oE "\"$1\":(\"[^\"]*\"|[^,}\"]*)" | head -n 1 | sed -E "s/^\"$1\":\"?([^\"]*)\"?$/\1/"; }

# request METHOD PATH [BODY] [curl options…]: the body of the answer, whatever its status.
request() {
  local method=$1 path=$2 body=${3:-}
  shift; shift; [ $# -gt 0 ] && shift
  curl -sS -X "$method" "$API$path" ${TOKEN:+-H "Authorization: Bearer $TOKEN"} \
    ${body:+-H 'Content-Type: application/json' -d "$body"} "$@"
}

# log_in [EMAIL] [PASSWORD]: sets TOKEN and USER_ID.
log_in() {
  local answer
  answer=$(TOKEN='' request POST /sessions "{\"email\":\"${1:-customer1@example.com}\",\"password\":\"${2:-banyan-demo}\"}")
  TOKEN=$(field accessToken <<<"$answer")
  USER_ID=$(sed -E 's/.*"user":\{"id":"([0-9]+)".*/\1/' <<<"$answer")
}

# place_order METHOD [curl options…]: an order of two of product 5, paid with METHOD.
place_order() {
  local method=$1
  shift
  request POST "/users/$USER_ID/orders" \
    "{\"items\":[{\"productId\":\"5\",\"quantity\":2}],\"paymentMethod\":\"$method\"}" "$@"
}

# expect WHAT: fails unless standard input contains it; prints the line that does.
expect() { local text; text=$(cat); grep -m 1 -F -- "$1" <<<"$text" | cut -c 1-160 || { echo "expected $1 in: $text" >&2; return 1; }; }
