-- KEYS: gateways, client …   ARGV: this gateway, ms that a request costs, ms of the window, requests of each client …
-- Answers {gateways of late, for each client the ms until all of its quota is back}.
--
-- One number a client, as in the gateway's own memory (generic cell rate algorithm). What is told here has been let through already, so
-- it is counted whatever is left, but nobody is locked out for longer than a window.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local cost, window = tonumber(ARGV[2]), tonumber(ARGV[3])

redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 10000)
redis.call('PEXPIRE', KEYS[1], 10000)

local answer = { tostring(redis.call('ZCARD', KEYS[1])) }
for i = 2, #KEYS do
  local full = math.max(tonumber(redis.call('GET', KEYS[i]) or '0'), now)
  full = math.min(full + ARGV[i + 2] * cost, now + window)
  redis.call('SET', KEYS[i], string.format('%.6f', full), 'PX', math.max(1, math.ceil(full - now)))
  answer[i] = string.format('%.6f', full - now)
end
return answer
