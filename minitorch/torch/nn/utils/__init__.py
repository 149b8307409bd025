"""What is done to parameters, gradients and batches: `torch.nn.utils`."""

from . import rnn as rnn
