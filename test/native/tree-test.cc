// The node table, and what it refuses.
#include "fixture.h"

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
  IS(ProblemOf({5, kSys, "possible", 0100444, {}}), "", "a good node");
  IS(ProblemOf({0, 1, "a", 0100444, {}}), "node 0: ids start at 1", "id 0");
  IS(ProblemOf({2, 1, "a", 0100444, {}}), "node 2: given twice", "an id given twice");
  IS(ProblemOf({5, 9, "a", 0100444, {}}), "node 5: its parent is not a directory", "no parent");
  IS(ProblemOf({5, kMeminfo, "a", 0100444, {}}), "node 5: its parent is not a directory",
     "below a file");
  IS(ProblemOf({5, 1, "a", 0120777, {}}), "node 5: neither file nor directory", "a link");
  for (std::string name : {"", ".", "..", "a/b"}) {
    IS(ProblemOf({5, 1, name, 0100444, {}}), "node 5: not a file name", "the name '" + name + "'");
  }
  OK(!ProblemOf({5, 1, "meminfo", 0100444, {}}).empty(), "a name given twice");
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

}  // namespace

int main() {
  TestRefused();
  TestFound();
  return tap::Finish();
}
