// The node table, and what it refuses.
#include "fixture.h"

using namespace procview;
using namespace procview::fuse;

namespace {

std::string ProblemOf(const Node& extra) {
  std::vector<Node> nodes = SampleNodes();
  nodes.push_back(extra);
  std::string problem;
  Tree::Build(std::move(nodes), &problem);
  return problem;
}

void TestRefused() {
  IS(ProblemOf({15, kSys, "possible", 0100444, {}}), "", "a good node");
  IS(ProblemOf({0, 1, "a", 0100444, {}}), "node 0: ids start at 1", "id 0");
  IS(ProblemOf({2, 1, "a", 0100444, {}}), "node 2: used twice", "an id given twice");
  IS(ProblemOf({15, 9, "a", 0100444, {}}), "node 15: its parent is not a directory", "no parent");
  IS(ProblemOf({15, kMeminfo, "a", 0100444, {}}), "node 15: its parent is not a directory",
     "below a file");
  IS(ProblemOf({15, 1, "a", 0120777, {}}), "", "a link");
  IS(ProblemOf({15, 1, "a", 020666, {}}), "node 15: not a file, directory or link", "a device");
  for (std::string name : {"", ".", "..", "a/b"}) {
    IS(ProblemOf({15, 1, name, 0100444, {}}), "node 15: not a file name", "the name '" + name + "'");
  }
  OK(!ProblemOf({15, 1, "meminfo", 0100444, {}}).empty(), "a name given twice");
  std::string problem;
  Tree::Build({}, &problem);
  IS(problem, "node 1: no root directory", "no root");
}

void TestFound() {
  Tree tree = SampleTree();
  const Node* root = tree.Find(kRootNode);
  OK(tree.Child(*root, "meminfo") == tree.Find(kMeminfo), "a name in the root");
  OK(tree.Child(*root, "memInfo") == nullptr && tree.Child(*root, "z") == nullptr, "no such name");
  OK(tree.Find(99) == nullptr, "no such node");
}

void TestIds() {
  Tree tree = SampleTree();
  IS(tree.Describe(kPossible).mode, 0100444u, "a node of the table");
  OK(tree.Describe(kPossible).dynamic && !tree.Describe(kOnline).dynamic,
     "a file is as its directory");
  for (uint32_t mode : {0100444u, 0100000u, 0100777u, 040755u, 0120777u}) {
    Known known = tree.Describe(IdOf(mode, 12345));
    OK(known.mode == mode && known.dynamic && known.node == nullptr, "an id contains its mode");
  }
  IS(ModeOf(IdOf(0100444, 0xffffffffff)), 0100444u, "whatever its hash");
  for (uint64_t id : {uint64_t{0}, uint64_t{99}, IdOf(020666, 1), IdOf(060666, 1), ~uint64_t{0},
                      uint64_t{1} << 53}) {
    IS(ModeOf(id), 0u, "no mode in " + std::to_string(id));
  }
}

}  // namespace

int main() {
  TestRefused();
  TestFound();
  TestIds();
  return tap::Finish();
}
