# frozen_string_literal: true

# Brings sign-up, root's password and root's API token to the state that standard input describes,
# as JSON: root_password (or null), api_token, token_name, token_scopes. As often as wanted.
# It says what it did and never what it was given.

require "date"
require "json"

LIFETIME_DAYS = 364 # GitLab allows 365 days, in its own time zone.
RENEWED_BEFORE_DAYS = 180

def give_up(reason)
  abort("dockyard: #{reason}")
end

def save(record, what)
  record.save || give_up("GitLab refuses #{what}: #{record.errors.full_messages.join('; ')}")
end

def close_sign_up
  settings = ApplicationSetting.current_without_cache || ApplicationSetting.create_from_defaults
  return unless settings.signup_enabled

  settings.signup_enabled = false
  save(settings, "to close sign-up")
  puts "dockyard: closed sign-up"
end

def set_password(root, password)
  return if password.nil? || root.valid_password?(password)

  root.password = root.password_confirmation = password
  root.password_automatically_set = false
  save(root, "root's password")
  puts "dockyard: set root's password"
end

def set_token(root, wanted)
  token = PersonalAccessToken.find_by_token(wanted.fetch("api_token"))
  if token.nil?
    token = root.personal_access_tokens.build(name: wanted.fetch("token_name"))
    token.set_token(wanted.fetch("api_token"))
  end
  give_up("the API token is another user's; give another one") if token.user_id != root.id
  # Somebody had a reason to revoke it.
  give_up("the API token was revoked in GitLab; give another one") if token.revoked

  token.scopes = wanted.fetch("token_scopes")
  today = Date.today
  if token.expires_at.nil? || token.expires_at < today + RENEWED_BEFORE_DAYS
    token.expires_at = today + LIFETIME_DAYS
    puts "dockyard: the API token is good until #{token.expires_at}"
  end
  save(token, "the API token")
  revoke_predecessors(root, token)
end

def revoke_predecessors(root, token)
  root.personal_access_tokens.where(name: token.name, revoked: false).each do |each|
    each.revoke! unless each.id == token.id
  end
end

wanted = JSON.parse($stdin.read)
root = User.find_by_username("root") || give_up("there is no user root; give it back its name")
close_sign_up
set_password(root, wanted.fetch("root_password"))
set_token(root, wanted)
