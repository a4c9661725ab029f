-- Up Migration
alter table customers drop constraint customers_phase_check;
alter table customers add constraint customers_phase_check
  check (phase in ('onboarding', 'trial', 'free', 'subscription', 'cancellation', 'ended'));

-- Down Migration
alter table customers drop constraint customers_phase_check;
alter table customers add constraint customers_phase_check
  check (phase in ('onboarding', 'trial', 'subscription', 'cancellation', 'ended'));
