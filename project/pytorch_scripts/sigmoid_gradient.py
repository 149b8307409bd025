"""The gradient of the sigmoid, by autograd and by its formula s(1 - s)."""

import numpy as np
import torch

points = np.linspace(-4, 4, 9)
x = torch.from_numpy(points).requires_grad_()
print(x)

s = torch.sigmoid(x)
print(s)
s.sum().backward()
print(x.grad)

by_hand = s * (1 - s)
print(torch.allclose(x.grad, by_hand))
print(np.abs(x.grad.numpy() - by_hand.detach().numpy()).max() < 1e-15)

# A gradient that comes from further on is multiplied in.
t = torch.tensor([0.5, -1.0], requires_grad=True)
out = torch.sigmoid(t)
torch.autograd.backward(out, torch.tensor([2.0, 10.0]))
print(t.grad)
