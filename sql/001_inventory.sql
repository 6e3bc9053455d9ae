-- What may be shown: sites with their slots, advertisers with their campaigns and creatives.
-- Nothing here is ever deleted, since figures refer to it: `archived_at` takes a row out of the inventory.

create domain inventory_key as text check (value ~ '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$');
create domain ad_size as text check (value ~ '^[1-9][0-9]{0,3}x[1-9][0-9]{0,3}$');

create table site (
    id integer generated always as identity primary key,
    key inventory_key not null unique,
    name text not null check (name <> ''),
    domains text[] not null check (cardinality(domains) > 0),
    timezone text not null,
    language text not null check (language in ('tr', 'en')),
    ads_txt text not null default '',
    archived_at timestamptz
);

create table slot (
    id integer generated always as identity primary key,
    site_id integer not null references site,
    name inventory_key not null,
    label text not null,
    sizes ad_size[] not null check (cardinality(sizes) > 0),
    placement jsonb check (jsonb_typeof(placement) = 'object'),
    archived_at timestamptz,
    unique (site_id, name)
);

create table advertiser (
    id integer generated always as identity primary key,
    key inventory_key not null unique,
    name text not null check (name <> ''),
    archived_at timestamptz
);

create table campaign (
    id integer generated always as identity primary key,
    advertiser_id integer not null references advertiser,
    key inventory_key not null unique,
    name text not null check (name <> ''),
    status text not null default 'active' check (status in ('active', 'paused')),
    starts timestamptz,
    ends timestamptz,
    tier text not null check (tier in ('sponsorship', 'guaranteed', 'standard', 'house')),
    goal_kind text check (goal_kind in ('impressions', 'viewable', 'clicks', 'share')),
    goal_amount numeric,
    price_model text check (price_model in ('cpm', 'vcpm', 'cpc', 'flat')),
    price_micros bigint check (price_micros >= 0),
    currency text check (currency ~ '^[A-Z]{3}$'),
    pacing text not null default 'even' check (pacing in ('even', 'asap')),
    caps jsonb not null default '[]' check (jsonb_typeof(caps) = 'array'),
    exclusion text[] not null default '{}',
    targeting jsonb not null default '{}' check (jsonb_typeof(targeting) = 'object'),
    archived_at timestamptz,
    check (starts < ends),
    check ((goal_kind is null) = (goal_amount is null)),
    check ((price_model is null) = (price_micros is null)),
    check ((price_model is null) = (currency is null)),
    -- Whole micros an impression: a price for a thousand must divide by a thousand.
    check (price_model not in ('cpm', 'vcpm') or price_micros % 1000 = 0),
    check (case goal_kind when 'share' then goal_amount > 0 and goal_amount <= 1
                          else goal_amount > 0 and goal_amount = trunc(goal_amount) end),
    check (case tier when 'house' then goal_kind is null
                     when 'sponsorship' then goal_kind is null or goal_kind = 'share'
                     when 'guaranteed' then goal_kind is not null and goal_kind <> 'share' and ends is not null
                     else goal_kind is null or goal_kind <> 'share' end)
);
create index on campaign (advertiser_id);

create table campaign_slot (
    campaign_id integer not null references campaign,
    slot_id integer not null references slot,
    primary key (campaign_id, slot_id)
);
create index on campaign_slot (slot_id);

-- An image file, named by the hash of its content, so that its address never changes meaning.
create table asset (
    name text primary key check (name ~ '^[0-9a-f]{32}\.(png|jpg|gif|webp)$'),
    media_type text not null,
    width integer not null check (width > 0),
    height integer not null check (height > 0),
    content bytea not null,
    created_at timestamptz not null default now()
);

create table creative (
    id integer generated always as identity primary key,
    campaign_id integer not null references campaign,
    key inventory_key not null,
    kind text not null check (kind in ('image', 'html')),
    size ad_size not null,
    asset text references asset,
    src text check (src ~ '^https?://'),
    html text check (html <> ''),
    alt text not null default '',
    click_url text not null check (click_url ~ '^https?://'),
    weight integer not null default 1 check (weight between 1 and 1000),
    category text,
    status text not null default 'active' check (status in ('active', 'paused')),
    archived_at timestamptz,
    unique (campaign_id, key),
    check (case kind when 'image' then html is null and num_nonnulls(asset, src) = 1
                     else html is not null and num_nonnulls(asset, src) = 0 end)
);

-- Every committed change is told to the web workers, which then read a new snapshot.
create function tell_inventory_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('inventory', '');
    return null;
end $$;

create trigger changed after insert or update or delete on site for each statement execute function tell_inventory_changed();
create trigger changed after insert or update or delete on slot for each statement execute function tell_inventory_changed();
create trigger changed after insert or update or delete on advertiser for each statement execute function tell_inventory_changed();
create trigger changed after insert or update or delete on campaign for each statement execute function tell_inventory_changed();
create trigger changed after insert or update or delete on campaign_slot for each statement execute function tell_inventory_changed();
create trigger changed after insert or update or delete on creative for each statement execute function tell_inventory_changed();
