-- Makes the shard's live counters a batch with an id, unless there is a batch that still has to be flushed.
-- KEYS  1 live counters, 2 batch      ARGV  1 id for a new batch
-- Returns the batch's id, or nothing where there is nothing to flush.
local id = redis.call('HGET', KEYS[2], 'id')
if id then
  return id
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
-- The id goes in before the rename, so that no batch is ever without one. No counter's field is two bytes long.
redis.call('HSET', KEYS[1], 'id', ARGV[1])
redis.call('RENAME', KEYS[1], KEYS[2])
return ARGV[1]
