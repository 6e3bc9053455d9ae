"""The SQL of reports: every statement is put together from the constants here, never from anything asked."""

# $1: dimensions asked for. A column that was not asked for is null in every row.
KEYS = """
    case when 'day' = any($1::text[]) then cell.day::text end as day,
    case when 'hour' = any($1::text[]) then cell.hour end as hour,
    case when 'hour' = any($1::text[]) then site.timezone end as timezone,
    case when 'week' = any($1::text[]) then (cell.day - extract(isodow from cell.day)::int + 1)::text end as week,
    case when 'month' = any($1::text[]) then to_char(cell.day, 'YYYY-MM') end as month,
    case when 'site' = any($1::text[]) then site.key end as site,
    case when 'slot' = any($1::text[]) then site.key || '/' || slot.name end as slot,
    case when 'advertiser' = any($1::text[]) then advertiser.key end as advertiser,
    case when 'campaign' = any($1::text[]) then campaign.key end as campaign,
    case when 'creative' = any($1::text[]) then campaign.key || '/' || creative.key end as creative,
    case when 'city' = any($1::text[]) then cell.city end as city,
    case when 'device' = any($1::text[]) then cell.device end as device
"""

NAMES = """
    join slot on slot.id = cell.slot_id
    join site on site.id = slot.site_id
    left join creative on creative.id = cell.creative_id
    left join campaign on campaign.id = creative.campaign_id
    left join advertiser on advertiser.id = campaign.advertiser_id
"""

# $2, $3: first and last day; $4: slots or null for all; $5: creatives or null for all; $6: whether by city or device.
# The bounds in UTC only narrow what is read: the day is that of the site's zone.
CELLS = """
    select (hour at time zone timezone)::date as day, hour, '' as city, '' as device, slot_id, creative_id,
           requests, unfilled, impressions, viewable, clicks, invalid, spend_micros
    from hourly join slot on slot.id = slot_id join site on site.id = site_id
    where not $6::boolean and hour >= ($2::date - 1)::timestamp at time zone 'UTC'
      and hour < ($3::date + 2)::timestamp at time zone 'UTC'
      and (hour at time zone timezone)::date between $2 and $3
      and ($4::int[] is null or slot_id = any($4)) and ($5::int[] is null or creative_id = any($5))
    union all
    select day, null, city, device, slot_id, creative_id,
           requests, unfilled, impressions, viewable, clicks, invalid, spend_micros
    from daily
    where $6::boolean and day between $2 and $3
      and ($4::int[] is null or slot_id = any($4)) and ($5::int[] is null or creative_id = any($5))
"""

FIGURES = f"""
select {KEYS}, campaign.currency,
    sum(requests)::bigint as requests, sum(unfilled)::bigint as unfilled, sum(impressions)::bigint as impressions,
    sum(viewable)::bigint as viewable, sum(clicks)::bigint as clicks, sum(invalid)::bigint as invalid,
    sum(spend_micros)::bigint as spend_micros
from ({CELLS}) cell {NAMES}
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
"""  # noqa: S608 - constants only

# As FIGURES, but from the campaigns' start on and never coarser than a day of a slot and creative, so that a price
# is divided alike whatever is asked. $7: first day asked for, $8: slots asked for.
FLAT_CELLS = f"""
select {KEYS}, campaign.currency, campaign.id as campaign_id, cell.day as cell_day,
    sum(cell.impressions)::bigint as impressions,
    cell.day >= $7::date and ($8::int[] is null or cell.slot_id = any($8)) as asked
from ({CELLS}) cell {NAMES}
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, campaign.id, cell.day, cell.slot_id, cell.creative_id
order by campaign.id, cell.day, cell.slot_id, cell.creative_id, 2, 11, 12
"""  # noqa: S608 - constants only

# Dates in the zone of the campaign's first slot.
FLAT_CAMPAIGNS = """
select campaign.id, price_micros as micros, (starts at time zone zone.name)::date as first,
    ((ends - interval '1 microsecond') at time zone zone.name)::date as last,
    array(select id from creative where campaign_id = campaign.id) as creatives
from campaign
cross join lateral (select coalesce((
    select timezone from campaign_slot join slot on slot.id = slot_id join site on site.id = site_id
    where campaign_id = campaign.id order by slot_id limit 1), 'UTC') as name) zone
where price_model = 'flat'
  and ($1::int[] is null or campaign.id in (select campaign_id from creative where id = any($1)))
  and exists (
    select from hourly join creative on creative.id = creative_id
    where campaign_id = campaign.id and hour >= ($2::date - 1)::timestamp at time zone 'UTC'
      and hour < ($3::date + 2)::timestamp at time zone 'UTC')
order by campaign.id
"""

# $3 and $4 as above. What was refused of no slot, forged tokens and article views, is told only where all is asked for,
# by days of the first site's zone.
INVALID = """
select kind, reason, sum(events)::bigint as events
from invalid_hourly left join slot on slot.id = slot_id left join site on site.id = site_id
where hour >= ($1::date - 1)::timestamp at time zone 'UTC' and hour < ($2::date + 2)::timestamp at time zone 'UTC'
  and (hour at time zone coalesce(timezone, (select timezone from site order by id limit 1), 'UTC'))::date
      between $1 and $2
  and ($3::int[] is null or slot_id = any($3)) and ($4::int[] is null or creative_id = any($4))
group by kind, reason
order by events desc, kind, reason
"""

UNSEEN_CLICKS = """
select coalesce(sum(unseen_clicks), 0)::bigint
from hourly join slot on slot.id = slot_id join site on site.id = site_id
where hour >= ($1::date - 1)::timestamp at time zone 'UTC' and hour < ($2::date + 2)::timestamp at time zone 'UTC'
  and (hour at time zone timezone)::date between $1 and $2
  and ($3::int[] is null or slot_id = any($3)) and ($4::int[] is null or creative_id = any($4))
"""

REFRESHED = UNSEEN_CLICKS.replace("unseen_clicks", "refreshed")

SITE_SLOTS = """
select array(select id from slot where site_id = site.id) from site where key = $1
"""
CAMPAIGN_CREATIVES = """
select array(select id from creative where campaign_id = campaign.id) from campaign where key = $1
"""
CAMPAIGNS_CREATIVES = """
select array(select creative.id from creative join campaign on campaign.id = campaign_id where campaign.key = any($1))
"""
ADVERTISER_CREATIVES = """
select array(select creative.id from creative join campaign on campaign.id = campaign_id
             where advertiser_id = advertiser.id)
from advertiser where key = $1
"""
ZONES = """
select distinct timezone from site
where id in (select site_id from slot where ($1::int[] is null or id = any($1)) and ($2::int[] is null or id in (
    select slot_id from campaign_slot join creative using (campaign_id) where creative.id = any($2))))
order by timezone
"""
FLUSHED_AT = "select max(flushed_at) from flushed_batch"
