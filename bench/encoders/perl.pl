# Events, one a line, as Perl's JSON::PP writes them, each followed by U+001E: perl perl.pl < events.ndjson
use strict;
use warnings;
use JSON::PP;

my $json = JSON::PP->new->utf8->canonical->space_after;
while (my $line = <STDIN>) {
    print $json->encode($json->decode($line)), "\x1e";
}
