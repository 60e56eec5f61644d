<?php
// Events, one a line, as json_encode writes them, each followed by U+001E: php php.php default|pretty < events.ndjson
ini_set('memory_limit', '-1');
$flags = $argv[1] === 'pretty' ? JSON_PRETTY_PRINT : 0;
while (($line = fgets(STDIN)) !== false) {
    echo json_encode(json_decode($line, true), $flags), "\x1e";
}
