-- Who may look: accounts of people, their sessions, keys of programs.

create table account (
    id integer generated always as identity primary key,
    email text not null unique check (email = lower(email) and email like '%_@_%'),
    password_hash text not null,
    role text not null check (role in ('admin', 'trafficker', 'viewer', 'advertiser')),
    advertiser_id integer references advertiser,
    created_at timestamptz not null default now(),
    check ((role = 'advertiser') = (advertiser_id is not null))
);

create table session (
    token_hash bytea primary key,
    account_id integer not null references account on delete cascade,
    expires_at timestamptz not null
);
create index on session (expires_at);
create index on session (account_id);

create table api_key (
    name text primary key,
    key_hash bytea not null unique,
    role text not null check (role in ('admin', 'trafficker', 'viewer', 'advertiser')),
    advertiser_id integer references advertiser,
    created_at timestamptz not null default now(),
    check ((role = 'advertiser') = (advertiser_id is not null))
);
