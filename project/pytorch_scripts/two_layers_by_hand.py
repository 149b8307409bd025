"""A network of two layers on Variables, with the gradients of autograd and steps by hand.

Written as for the first versions of PyTorch: `Variable`, `.data`, and `loss.data[0]`, which PyTorch
gave up when a loss became a tensor without dimensions. minitorch takes it, with a FutureWarning.

    minitorch run project/pytorch_scripts/two_layers_by_hand.py
"""

import torch
from torch.autograd import Variable

dtype = torch.FloatTensor
if torch.cuda.is_available():
    dtype = torch.cuda.FloatTensor

torch.manual_seed(0)
batch, inputs, hidden, outputs = 64, 100, 50, 10

x = Variable(torch.randn(batch, inputs).type(dtype), requires_grad=False)
y = Variable(torch.randn(batch, outputs).type(dtype), requires_grad=False)
w1 = Variable(torch.randn(inputs, hidden).type(dtype), requires_grad=True)
w2 = Variable(torch.randn(hidden, outputs).type(dtype), requires_grad=True)

learning_rate = 1e-5
for step in range(201):
    predicted = x.mm(w1).clamp(min=0).mm(w2)
    loss = (predicted - y).pow(2).sum()
    if step % 40 == 0:
        print(step, "loss %.4e" % loss.data[0])  # noqa: UP031
    loss.backward()

    w1.data -= learning_rate * w1.grad.data
    w2.data -= learning_rate * w2.grad.data
    w1.grad.data.zero_()
    w2.grad.data.zero_()

print(w1.size(), w2.size())
print(float(w1.grad.abs().sum()))

# What was volatile needed no gradient, whatever it met: the mode for inference.
answer = Variable(torch.randn(3, inputs).type(dtype), volatile=True).mm(w1)
print(answer.size(), "needs a gradient:", answer.requires_grad)
