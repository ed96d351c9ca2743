"""The paper's own run rehearsed at its full size, on made-up corpora of SAVEE's and MELD's shape."""
