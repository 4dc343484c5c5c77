-- Who a provider of sign-ins (OpenID Connect) says that somebody is: by issuer and subject, never by name or mail address,
-- which may change hands.
create table identity (
  issuer text not null,
  subject text not null,
  account_id int not null references account on delete cascade,
  -- The account was made when this identity came for the first time: the provider decides over its role.
  made_account boolean not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  primary key (issuer, subject)
);
create index identity_account on identity (account_id);

-- What a person calls a session by, to end it elsewhere; its secret stays with the browser.
alter table session add column id int generated always as identity unique;

create index audit_at on audit using brin (at);
