-- Deletes a flushed batch, if it is still the one that was flushed.
-- KEYS  1 batch      ARGV  1 its id
if redis.call('HGET', KEYS[1], 'id') == ARGV[1] then
  return redis.call('UNLINK', KEYS[1])
end
return 0
