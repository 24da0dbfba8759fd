// write_demo FILE [SEED]: the demonstration quarter for the checks of this folder.
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "ingest/demo/quarter.h"

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: write_demo FILE [SEED]\n";
    return 2;
  }
  tthc::demo::DemoOptions options;
  if (argc == 3) options.seed = std::strtoull(argv[2], nullptr, 10);
  std::ofstream out(argv[1], std::ios::binary);
  const auto written = tthc::demo::WriteDemoQuarter(options, out, {});
  if (!written) {
    std::cerr << written.error().message << '\n';
    return 1;
  }
  return out.flush() ? 0 : 1;
}
