-- KEYS: lease   ARGV: token, stamps of the lease
if redis.call('GET', KEYS[1]) == ARGV[1] .. ' ' .. ARGV[2] then redis.call('DEL', KEYS[1]) end
return 'done'
