"""A network trained with batches in random order."""

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
x, y = torch.randn(64, 20), torch.randn(64, 3)
model = nn.Sequential(nn.Linear(20, 10), nn.ReLU(), nn.Linear(10, 3))
loss_function = nn.MSELoss()

loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
model.train()
for epoch in range(3):
    total = 0.0
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = loss_function(model(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(inputs)
    print("epoch", epoch, f"{total / len(x):.3f}")
model.eval()
with torch.no_grad():
    print(model(x[:2]).shape, model(x[:2]).requires_grad)
