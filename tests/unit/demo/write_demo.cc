// write_demo FILE [SEED [DIR]]: the demonstration quarter for the checks of this folder, and its
// registers into DIR.
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "ingest/demo/quarter.h"
#include "ingest/demo/registers.h"

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::cerr << "usage: write_demo FILE [SEED [DIR]]\n";
    return 2;
  }
  tthc::demo::DemoOptions options;
  if (argc > 2) options.seed = std::strtoull(argv[2], nullptr, 10);
  std::ofstream out(argv[1], std::ios::binary);
  auto written = tthc::demo::WriteDemoQuarter(options, out, {});
  if (written && argc > 3) written = tthc::demo::WriteDemoRegisters(options, argv[3]);
  if (!written) {
    std::cerr << written.error().message << '\n';
    return 1;
  }
  return out.flush() ? 0 : 1;
}
