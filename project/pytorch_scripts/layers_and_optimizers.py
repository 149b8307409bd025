"""The same network twice: of layers in a row, and as a Module of one's own with optimizers.

`size_average=False` is how the first versions of PyTorch asked for a sum.
"""

import warnings

import torch
from torch import nn, optim
from torch.autograd import Variable

warnings.simplefilter("ignore")
torch.manual_seed(1)
x = Variable(torch.randn(64, 20))
y = Variable(torch.randn(64, 3))

# ---- layers in a row, steps by hand

model = nn.Sequential(nn.Linear(20, 10), nn.ReLU(), nn.Linear(10, 3))
print(model)
loss_function = nn.MSELoss(size_average=False)
for step in range(100):
    loss = loss_function(model(x), y)
    if step % 25 == 0:
        print(step, f"{loss.item():.2f}")
    model.zero_grad()
    loss.backward()
    for parameter in model.parameters():
        parameter.data -= 1e-3 * parameter.grad.data


# ---- a Module of one's own, with an optimizer


class TwoLayers(nn.Module):
    def __init__(self, inputs, hidden, outputs):
        super(TwoLayers, self).__init__()  # noqa: UP008
        self.first = nn.Linear(inputs, hidden)
        self.second = nn.Linear(hidden, outputs)

    def forward(self, x):
        return self.second(self.first(x).clamp(min=0))


model = TwoLayers(20, 10, 3)
if torch.cuda.is_available():
    model.cuda()
print(model)
print(sum(parameter.numel() for parameter in model.parameters()))
loss_function = nn.MSELoss()
choices = ((optim.SGD, 0.1), (optim.RMSprop, 0.01), (optim.Adagrad, 0.01), (optim.Adam, 0.01))
for kind, rate in choices:
    optimizer = kind(model.parameters(), lr=rate)
    for _ in range(20):
        optimizer.zero_grad()
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
    print(kind.__name__, f"{loss.item():.3f}")
