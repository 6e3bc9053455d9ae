-- What ad requests look like, from a sample of them: which slots pages ask for together, and which values of the
-- dimensions that matter come together. A row is of a day (UTC) and stands for many requests, never for one reader:
-- adserver/forecast/sample.py says why. `id` is the hash of slots, width and attributes.
create table traffic (
    day date not null,
    site_id integer not null,
    id bytea not null check (octet_length(id) = 12),
    slots integer[] not null,
    max_width integer not null default 0 check (max_width >= 0),
    attributes jsonb not null check (jsonb_typeof(attributes) = 'object'),
    pages bigint not null check (pages >= noted),
    noted bigint not null check (noted > 0),
    primary key (day, site_id, id)
);
comment on column traffic.max_width is 'CSS pixels that the widest creative may have, 0 where any fits';
comment on column traffic.pages is 'ad requests that the sample stands for';
comment on column traffic.noted is 'ad requests in the sample';
