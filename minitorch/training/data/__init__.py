"""The data sets: digits, MNIST and Fashion-MNIST, labelled sentences, SST-2 and word vectors.

The digits (from scikit-learn) and the sentences with `random_embeddings` need no network; the other
sets are read from a folder, and each has a function that downloads it there.
"""

from .digits import load_digits_split as load_digits_split
from .download import Progress as Progress
from .download import file_checksum as file_checksum
from .embeddings import WordVectors as WordVectors
from .glove import download_glove as download_glove
from .glove import load_glove as load_glove
from .idx import read_idx as read_idx
from .idx import write_idx as write_idx
from .mnist import download_mnist as download_mnist
from .mnist import load_mnist as load_mnist
from .sentences import load_sentences as load_sentences
from .sentences import random_embeddings as random_embeddings
from .sentences import split_sentences as split_sentences
from .splits import ImageSplit as ImageSplit
from .splits import LabelledSentence as LabelledSentence
from .splits import SentenceSplit as SentenceSplit
from .splits import stratified_split as stratified_split
from .sst2 import download_sst2 as download_sst2
from .sst2 import load_sst2 as load_sst2
