"""A graph network of two layers: a sparse matrix of neighbours, and weights between."""

import torch
import torch.nn.functional as F  # noqa: N812

torch.manual_seed(2)
nodes, features, hidden, classes = 12, 5, 8, 2

# Two rings of six nodes, with one edge between them, and an edge from each node to itself.
pairs = [(i, i) for i in range(nodes)]
for ring in (range(6), range(6, 12)):
    for i, j in zip(ring, [*ring[1:], ring[0]], strict=True):
        pairs += [(i, j), (j, i)]
pairs += [(0, 6), (6, 0)]
indices = torch.tensor(pairs).t()
degrees = torch.zeros(nodes).index_add_(0, indices[0], torch.ones(len(pairs)))
values = 1 / torch.sqrt(degrees[indices[0]] * degrees[indices[1]])
neighbours = torch.sparse_coo_tensor(indices, values, (nodes, nodes)).coalesce()
print(neighbours.shape, neighbours._nnz(), neighbours.is_sparse)
print(torch.sparse.sum(neighbours).item() > 0)

inputs = torch.randn(nodes, features)
labels = torch.tensor([0] * 6 + [1] * 6)
first = torch.nn.Parameter(torch.randn(features, hidden) * 0.3)
second = torch.nn.Parameter(torch.randn(hidden, classes) * 0.3)
optimizer = torch.optim.Adam([first, second], lr=0.05)

for epoch in range(61):
    optimizer.zero_grad()
    inner = F.relu(torch.spmm(neighbours, torch.mm(inputs, first)))
    scores = F.log_softmax(torch.sparse.mm(neighbours, torch.mm(inner, second)), dim=1)
    loss = F.nll_loss(scores, labels)
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        accuracy = (scores.argmax(dim=1) == labels).float().mean()
        print(f"epoch {epoch}: loss {loss.item():.3f}, accuracy {accuracy.item():.2f}")
