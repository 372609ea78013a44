-- Gives all permits of a key back. Returns 1; nil if there is no such limiter.
-- KEYS: the limiter, its keys. ARGV: the key.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
