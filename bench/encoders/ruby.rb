# Events, one a line, as Ruby's json writes them, each followed by U+001E: ruby ruby.rb generate|pretty_generate < events.ndjson
require 'json'
STDIN.set_encoding('UTF-8')
style = ARGV[0]
STDIN.each_line { |line| print JSON.public_send(style, JSON.parse(line)), "\x1e" }
