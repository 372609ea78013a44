-- Returns how many keys are remembered; nil if there is no such limiter.
-- KEYS: the limiter, its keys.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
return redis.call('ZCARD', KEYS[2])
