// The yardstick of the alert listeners: a server that tells each line posted to it to all open
// WebSockets and does nothing else. It reads no JSON, keeps nothing, knows no units, bounds no
// queue, drops nobody.
#pragma once

namespace tthc::bench {

// On a free loopback port, with one io_context a thread as the daemon has it. Prints
// {"listen":"HOST:PORT"} and serves until the process is killed.
void ServePlainBroadcast(int threads);

}  // namespace tthc::bench
