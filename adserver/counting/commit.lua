-- Adds one batch of events, or, where this writer's batch was added before, tells again what came of it.
-- KEYS  1 live counters, 2 ids of batches set aside, 3 the writer's last batch, 4… keys that sightings name by index
-- ARGV  1 batch number, 2 id for a new generation of live counters, 3 seconds that bits and `done` are kept,
--       4 how many sorts of ad events, then for each: field when first, field when not or "", field when first and the
--         bit compared with is not set, or "";
--       next, the ad events in one text, of each sixteen bytes, four numbers: index of its block, bit, index of the
--         block compared with or 0, its sort;
--       next, how many views, then for each: index of its block, bit, index of the reader's mark, index of the mark that
--         the reader may have from before midnight or 0, seconds that marks are kept, index of the article's readers,
--         reader, seconds that readers are kept, field when first, field when not or "", field when repeated;
--       then counters to add as they are: a bundle (bundle.py), and how many it has, or "" and 0.
-- Returns a text of one digit an event: 0 counted, 1 seen before, 2 repeated.
local live, batches, done = KEYS[1], KEYS[2], KEYS[3]
local last = redis.call('HMGET', done, 'batch', 'outcome')
if last[1] and tonumber(last[1]) >= tonumber(ARGV[1]) then
  -- WAIT waits for what its own connection wrote, and this one may be another than at first.
  redis.call('EXPIRE', done, ARGV[3])
  return last[2]
end

-- Live counters carry an id from their first moment, and the run of the server that began them. A server that came back
-- with an older state must not go on with counters that may have been stored since: they are set aside under their id,
-- which tells whether they were.
local server = redis.call('INFO', 'server')
local _, before_run = string.find(server, 'run_id:', 1, true)
local run = before_run and string.sub(server, before_run + 1, before_run + 40) or ''
local made = redis.call('HMGET', live, 'id', 'run')
if made[1] and made[2] ~= run then
  redis.call('RENAME', live, batches .. ':' .. made[1])
  redis.call('SADD', batches, made[1])
  made[1] = false
end
if not made[1] then
  redis.call('HSET', live, 'id', ARGV[2], 'run', run)
end

local fields, amounts, outcomes = {}, {}, {}
local function add(field, amount)
  if amounts[field] then
    amounts[field] = amounts[field] + amount
  elseif field ~= '' then
    fields[#fields + 1] = field
    amounts[field] = amount
  end
end

-- A block's bits are set by one call, which tells what they were: a call for each took a quarter of the script's time.
-- So a click is compared with the impressions of its batch as well, whichever came first. A call takes some thousands of
-- arguments at most.
local ARGUMENTS, EVENT_BYTES = 1000, 16
local FIRST_SORT = 5
local function add_ads(ads)
  local blocks, sets = {}, {}
  for place = 1, #ads, EVENT_BYTES do
    local block, bit = struct.unpack('>II', ads, place)
    local set = sets[block]
    if not set then
      set = {'BITFIELD', KEYS[block]}
      sets[block] = set
      blocks[#blocks + 1] = block
    end
    local size = #set
    set[size + 1], set[size + 2], set[size + 3], set[size + 4] = 'SET', 'u1', bit, 1
  end
  local were, at = {}, {}
  for _, block in ipairs(blocks) do
    were[block], at[block] = redis.call(unpack(sets[block])), 0
    redis.call('EXPIRE', KEYS[block], ARGV[3])
  end
  for place = 1, #ads, EVENT_BYTES do
    local block, bit, compared, sort = struct.unpack('>IIII', ads, place)
    local first = FIRST_SORT + 3 * sort
    at[block] = at[block] + 1
    if were[block][at[block]] == 0 then
      outcomes[#outcomes + 1] = 0
      add(ARGV[first], 1)
      if compared > 0 and redis.call('GETBIT', KEYS[compared], bit) == 0 then
        add(ARGV[first + 2], 1)
      end
    else
      outcomes[#outcomes + 1] = 1
      add(ARGV[first + 1], 1)
    end
  end
end

local next = FIRST_SORT + 3 * tonumber(ARGV[4])
for from = 1, #ARGV[next], ARGUMENTS * EVENT_BYTES do
  add_ads(string.sub(ARGV[next], from, from + ARGUMENTS * EVENT_BYTES - 1))
end

local views = tonumber(ARGV[next + 1])
next = next + 2
for _ = 1, views do
  local block = KEYS[tonumber(ARGV[next])]
  local mark, former = KEYS[tonumber(ARGV[next + 2])], tonumber(ARGV[next + 3])
  local readers = KEYS[tonumber(ARGV[next + 5])]
  local was = redis.call('SETBIT', block, ARGV[next + 1], 1)
  redis.call('EXPIRE', block, ARGV[3])
  if was == 1 then
    outcomes[#outcomes + 1] = 1
    add(ARGV[next + 9], 1)
  elseif former > 0 and redis.call('EXISTS', KEYS[former]) == 1
      or not redis.call('SET', mark, 1, 'NX', 'EX', ARGV[next + 4]) then
    outcomes[#outcomes + 1] = 2
    add(ARGV[next + 10], 1)
  else
    outcomes[#outcomes + 1] = 0
    add(ARGV[next + 8], 1)
    redis.call('PFADD', readers, ARGV[next + 6])
    redis.call('EXPIRE', readers, ARGV[next + 7])
  end
  next = next + 11
end

-- Live counters hold bundles as they come, and a limited number of counters in them: nobody may flush for hours, and what
-- comes beyond is added up.
local BUNDLED_LIMIT = 200000
local bundle, bundled = ARGV[next], tonumber(ARGV[next + 1])
if bundled > 0 and (tonumber(redis.call('HGET', live, 'bundled')) or 0) + bundled <= BUNDLED_LIMIT then
  redis.call('HSET', live, '\254' .. done .. ':' .. ARGV[1], bundle)
  redis.call('HINCRBY', live, 'bundled', bundled)
elseif bundled > 0 then
  local place = 1
  while place <= #bundle do
    local size, amount, field = struct.unpack('>HI', bundle, place)
    add(string.sub(bundle, field, field + size - 1), amount)
    place = field + size
  end
end

for from = 1, #fields, ARGUMENTS do
  local to = math.min(from + ARGUMENTS - 1, #fields)
  local had, sums = redis.call('HMGET', live, unpack(fields, from, to)), {}
  for index = from, to do
    local field = fields[index]
    sums[#sums + 1] = field
    sums[#sums + 1] = string.format('%d', (tonumber(had[index - from + 1]) or 0) + amounts[field])
  end
  redis.call('HSET', live, unpack(sums))
end
local outcome = table.concat(outcomes)
redis.call('HSET', done, 'batch', ARGV[1], 'outcome', outcome)
redis.call('EXPIRE', done, ARGV[3])
return outcome
